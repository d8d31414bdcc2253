import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { isIgnored, portableName, refuseLongPath, refuseOddModuleName, refuseTwins } from "./portable-names.ts";

/** A directory whose modules go into a release. */
export interface SourceTree {
  /** As the user gave it. */
  readonly label: string;
  /** Where its files are: no link in it. */
  readonly root: string;
  /** Name of the module when the root is one. */
  readonly rootName: string;
}

export interface SourceModule {
  readonly name: string;
  readonly addonsIndex: number;
  /** For messages. */
  readonly shown: string;
  readonly files: readonly SourceFile[];
}

export interface SourceFile {
  /** `<addonsIndex>/<module>/<path>` */
  readonly path: string;
  /** For messages. */
  readonly shown: string;
  /** Without links. */
  readonly realPath: string;
}

interface Walk {
  readonly source: SourceTree;
  readonly prefix: string;
  readonly files: SourceFile[];
  readonly filesMax: number;
}

/** Opens a directory as a source. @throws INPUT_INVALID when it isn't there */
export async function sourceTree(directory: string, label: string, rootName: string): Promise<SourceTree> {
  const root = await realpath(directory).catch(() => null);
  if (root === null || !(await stat(root)).isDirectory()) {
    throw new PlimsollError("INPUT_INVALID", `The source ${label} is not a directory.`, {
      why:
        root === null
          ? "There is nothing at this path."
          : "A source is an addons directory, a module directory, or <repository>@<ref>[:<path>].",
      fix: "Give the directory that holds the modules.",
      facts: { source: label },
    });
  }
  return { label, root, rootName: rootName === "" ? basename(root) : rootName };
}

/**
 * The modules of a source with all their files, nothing read yet.
 *
 * @throws RELEASE_NO_MODULE, RELEASE_NAME_NOT_PORTABLE, RELEASE_LINK_OUTSIDE, RELEASE_FILE_UNREADABLE, RELEASE_FILE_OVERSIZED
 */
export async function findModules(source: SourceTree, addonsIndex: number, filesMax: number): Promise<readonly SourceModule[]> {
  const found = (await isModule(source.root))
    ? [{ name: source.rootName, directory: source.root, shown: source.label }]
    : await childModules(source);
  if (found.length === 0) {
    throw new PlimsollError("RELEASE_NO_MODULE", `There is no module in ${source.label}.`, {
      why: "No folder in it has a __manifest__.py.",
      fix: "Give the directory whose folders are the modules, or one module's directory.",
      facts: { source: source.label },
    });
  }
  refuseTwins(
    found.map((module) => module.name),
    source.label,
  );
  const modules: SourceModule[] = [];
  let files = 0;
  for (const { name, directory, shown } of found) {
    refuseOddModuleName(name, source.label);
    const walk: Walk = { source, prefix: `${addonsIndex}/${name}`, files: [], filesMax: filesMax - files };
    await walkFolder(walk, directory, "", shown, [directory]);
    files += walk.files.length;
    modules.push({ name, addonsIndex, shown, files: walk.files });
  }
  return modules;
}

async function childModules(
  source: SourceTree,
): Promise<readonly { readonly name: string; readonly directory: string; readonly shown: string }[]> {
  const found: { name: string; directory: string; shown: string }[] = [];
  for (const bytes of await namesIn(source.root, source.label)) {
    const child = Buffer.concat([Buffer.from(`${source.root}${sep}`), bytes]);
    await refuseDangling(child, `${source.label}/${bytes.toString()}`);
    if (!(await isModule(child))) continue;
    const name = portableName(bytes, source.label);
    if (isIgnored(name)) continue;
    const shown = `${source.label}/${name}`;
    found.push({ name, directory: await inside(source, join(source.root, name), shown), shown });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a dangling link beside the modules was meant to be is unknown: it may be a module that would silently be missing. */
async function refuseDangling(child: Buffer, shown: string): Promise<void> {
  await stat(child).catch((cause: unknown) => {
    throw unreadable(shown, "the link leads nowhere", cause);
  });
}

async function isModule(directory: string | Buffer): Promise<boolean> {
  const manifest = Buffer.concat([Buffer.from(directory), Buffer.from(`${sep}__manifest__.py`)]);
  // Not followed: a manifest that is a dangling link makes a broken module, which the walk names, not a folder that is none.
  const found = await lstat(manifest).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null;
    throw unreadable(manifest.toString(), "it can't be looked at", cause);
  });
  return found !== null && !found.isDirectory();
}

async function walkFolder(walk: Walk, directory: string, relative: string, shown: string, above: readonly string[]): Promise<void> {
  const names = (await namesIn(directory, shown))
    .map((bytes) => portableName(bytes, shown))
    .filter((name) => !isIgnored(name))
    .toSorted();
  refuseTwins(names, shown);
  for (const name of names) {
    const path = relative === "" ? name : `${relative}/${name}`;
    const shownPath = `${shown}/${name}`;
    const real = await inside(walk.source, join(directory, name), shownPath);
    const facts = await stat(real).catch((cause: unknown) => {
      throw unreadable(shownPath, "it can't be looked at", cause);
    });
    if (facts.isDirectory()) {
      if (above.includes(real)) throw unreadable(shownPath, "the link leads back to a folder that it is in");
      await walkFolder(walk, real, path, shownPath, [...above, real]);
    } else if (facts.isFile()) {
      if (walk.files.length >= walk.filesMax) throw tooManyFiles(shownPath);
      refuseLongPath(`${walk.prefix}/${path}`);
      walk.files.push({ path: `${walk.prefix}/${path}`, shown: shownPath, realPath: real });
    } else {
      throw unreadable(shownPath, "it is a device, a socket or a pipe, not a file");
    }
  }
}

/** Where a path really is; that must be inside the source. */
async function inside(source: SourceTree, path: string, shown: string): Promise<string> {
  const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(
      shown,
      cause.code === "ELOOP" ? "the link leads to itself" : cause.code === "ENOENT" ? "the link leads nowhere" : "it can't be looked at",
      cause,
    );
  });
  if (real === source.root || real.startsWith(`${source.root}${sep}`)) return real;
  throw new PlimsollError("RELEASE_LINK_OUTSIDE", `The link ${shown} leads out of ${source.label}.`, {
    why: "A release holds the bytes of its own source and nothing else, so that it means the same everywhere.",
    fix: "Replace the link by what it points to, or give a source that holds both.",
    facts: { file: shown, source: source.label },
  });
}

async function namesIn(directory: string, shown: string): Promise<readonly Buffer[]> {
  return readdir(directory, { encoding: "buffer" }).catch((cause: unknown) => {
    throw unreadable(shown, "the folder can't be read", cause);
  });
}

function tooManyFiles(shown: string): PlimsollError {
  return new PlimsollError("RELEASE_FILE_OVERSIZED", `The release has too many files: ${shown} is one more than may be.`, {
    fix: "Leave out what is not part of the modules, such as node_modules or generated files.",
    facts: { file: shown },
  });
}

/** A file that a release can't take in. */
export function unreadable(shown: string, what: string, cause?: unknown): PlimsollError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return new PlimsollError(
    "RELEASE_FILE_UNREADABLE",
    `${shown} can't be taken into the release: ${what}${code === undefined ? "" : ` (${code})`}.`,
    { fix: "Make it a readable file, or take it out of the module.", facts: { file: shown } },
    cause,
  );
}
