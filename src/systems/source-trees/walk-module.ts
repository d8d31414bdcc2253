import { createHash } from "node:crypto";
import { lstatSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { SourceProblem, Unknown } from "../../domain/release/module-source.ts";
import type { FoundFile, FoundModule, SourceLimits } from "./found-module.ts";
import { compare, type Entry, entriesOf, hasControlCharacter, isIgnored, isRead, isUnreadFolder, shownName } from "./names.ts";

/** What the walks of one root have in common. */
export interface RootWalk {
  /** Real path; no link is followed out of it. */
  readonly root: string;
  /** As the user gave it. */
  readonly label: string;
  readonly translations: boolean;
  /** Every file, also those that declare nothing. */
  readonly everything?: boolean;
  readonly limits: SourceLimits;
  /** What was changed later can still be changed without a trace: the clock of a file system is coarse. In ms since 1970. */
  readonly settledBeforeMs: number;
  /** Files and folders so far. */
  filesSeen: number;
}

/** Where a link leads, if that is inside the root. */
export function targetOf(link: string, root: string): { readonly path: string } | "nowhere" | "outside" {
  let target: string;
  try {
    target = realpathSync(link);
  } catch {
    return "nowhere";
  }
  return target === root || target.startsWith(`${root}${sep}`) ? { path: target } : "outside";
}

/**
 * Lists a module's files. Links that stay in the root are followed, as Odoo does; others aren't, and are noted. Only files that will be
 * read are looked at.
 *
 * @param directory real path of the module
 * @param place its path within the root
 * @throws RELEASE_FILE_OVERSIZED when the tree has too many files
 */
export function walkModule(walk: RootWalk, name: string, directory: string, place: string): FoundModule {
  const module = new ModuleWalk(walk, shownPlace(walk.label, place));
  module.folder(directory, "", [directory]);
  return module.found(name, place);
}

/** A place in a root as messages name it. */
export function shownPlace(label: string, place: string): string {
  return place === "" ? label : `${label}/${shownName(place)}`;
}

class ModuleWalk {
  readonly #walk: RootWalk;
  readonly #shown: string;
  readonly #paths: string[] = [];
  readonly #files: FoundFile[] = [];
  readonly #stamps: Map<string, string> = new Map();
  readonly #unknowns: Unknown[] = [];
  readonly #problems: SourceProblem[] = [];
  #settled = true;

  constructor(walk: RootWalk, shown: string) {
    this.#walk = walk;
    this.#shown = shown;
  }

  folder(directory: string, relative: string, above: readonly string[]): void {
    if (above.length > this.#walk.limits.depthMax)
      return this.#unknown(relative, "folder-too-deep", "is deeper than folders are looked into");
    this.#count(relative);
    let entries: readonly Entry[];
    try {
      entries = entriesOf(directory);
    } catch (cause) {
      return this.#unknown(relative, "unreadable-folder", `can't be read (${codeOf(cause)})`);
    }
    for (const entry of entries) this.#entry(entry, directory, relative, above);
  }

  #entry(entry: Entry, directory: string, relative: string, above: readonly string[]): void {
    const prefix = relative === "" ? "" : `${relative}/`;
    const { name, type } = entry;
    if (name === null) return this.#problem(`${prefix}${entry.shown}`, "name-not-utf8", "has a name that isn't UTF-8");
    if (isIgnored(name)) return;
    const path = `${prefix}${name}`;
    if (hasControlCharacter(name)) this.#problem(path, "name-not-portable", "has a control character in its name: a release can't hold it");
    const below = `${directory}${sep}${name}`;
    if (!type.isSymbolicLink()) {
      if (type.isDirectory()) this.folder(below, path, [...above, below]);
      else if (type.isFile()) this.#file(path, below);
      else this.#problem(path, "not-a-file", "is a device, a socket or a pipe");
      return;
    }
    if (isUnreadFolder(path)) return this.#listed(path);
    const target = targetOf(below, this.#walk.root);
    if (target === "nowhere") return this.#problem(path, "link-dangling", "is a link that leads nowhere");
    if (target === "outside") {
      this.#listed(path);
      return this.#unknown(path, "link-outside", "is a link out of the folder that is analysed, and isn't followed");
    }
    const to = target.path;
    const facts = statSync(to, { throwIfNoEntry: false });
    if (facts?.isFile() === true) this.#file(path, to);
    else if (facts?.isDirectory() !== true) this.#problem(path, "not-a-file", "is a link to a device, a socket or a pipe");
    else if (above.includes(to) || below.startsWith(`${to}${sep}`))
      this.#problem(path, "link-cycle", "is a link to a folder that it is in");
    else this.folder(to, path, [...above, to]);
  }

  #listed(path: string): void {
    this.#count(path);
    this.#paths.push(path);
  }

  /** Folders count too: links from folder to folder can make more of them than there are files. */
  #count(path: string): void {
    const { limits } = this.#walk;
    this.#walk.filesSeen += 1;
    if (this.#walk.filesSeen <= limits.filesMax) return;
    throw new PlimsollError("RELEASE_FILE_OVERSIZED", `There are more than ${limits.filesMax} files and folders to analyse.`, {
      fix: "Give the addons folders alone, without node_modules or generated files.",
      facts: { file: `${this.#shown}/${path}` },
    });
  }

  #file(path: string, realPath: string): void {
    this.#listed(path);
    if (this.#walk.everything !== true && !isRead(path, this.#walk.translations)) return;
    const facts = lstatSync(realPath, { throwIfNoEntry: false });
    if (facts === undefined) return this.#unknown(path, "unreadable-file", "disappeared while it was looked at");
    // The change time can't be set back, and no change leaves it as it was.
    this.#settled &&= facts.ctimeMs < this.#walk.settledBeforeMs;
    this.#stamps.set(path, `${facts.size} ${facts.mtimeMs} ${facts.ctimeMs} ${facts.ino}`);
    const sizeBytes = facts.size;
    if (sizeBytes > this.#walk.limits.fileBytesMax)
      return this.#unknown(path, "file-too-large", `has ${sizeBytes} bytes, more than are read`);
    this.#files.push({ path, realPath, member: null, sizeBytes });
  }

  #unknown(path: string, kind: string, what: string): void {
    this.#unknowns.push({ file: path, line: 1, kind, what: `${shownName(path)} ${what}.` });
  }

  #problem(path: string, kind: string, what: string): void {
    this.#problems.push({ file: path, line: 1, kind, what: `${shownName(path)} ${what}.` });
  }

  found(name: string, place: string): FoundModule {
    const paths = this.#paths.toSorted(compare);
    const files = withinModule(
      this.#files.toSorted((a, b) => compare(a.path, b.path)),
      this.#walk.limits,
      this.#unknowns,
    );
    const notes = { unknowns: this.#unknowns.toSorted(byFile), problems: this.#problems.toSorted(byFile) };
    return { name, place, shown: this.#shown, files, paths, ...notes, stamp: this.#settled ? this.#stampOf(paths, notes) : null };
  }

  #stampOf(paths: readonly string[], notes: object): string {
    const hash = createHash("sha256");
    hash.update(paths.map((path) => `${path}\0${this.#stamps.get(path) ?? ""}\0`).join(""));
    return hash.update(JSON.stringify(notes)).digest("hex");
  }
}

function byFile(a: { readonly file: string }, b: { readonly file: string }): number {
  return compare(a.file, b.file);
}

/** The files of a module that is too large are left unread, all but its manifest. */
export function withinModule(files: readonly FoundFile[], limits: SourceLimits, unknowns: Unknown[]): readonly FoundFile[] {
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (bytes <= limits.moduleBytesMax) return files;
  const manifest = files.filter((file) => file.path === "__manifest__.py");
  unknowns.push({
    file: "__manifest__.py",
    line: 1,
    kind: "module-too-large",
    what: `The module has ${bytes} bytes of sources, more than are read.`,
  });
  return manifest;
}

export function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}
