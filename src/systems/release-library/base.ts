import { createHash, randomUUID } from "node:crypto";
import { readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../domain/shared/digest.ts";
import { digestOf } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Base, ModuleFacts } from "../../domain/release/release.ts";
import type { ProcessRuntimeSpec } from "../../domain/fleet/environment.ts";
import type { Processes } from "../../app/ports/runtime-kind.ts";
import { sha256 } from "./blob-store.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import { listFiles, type ListedFile } from "./file-list.ts";
import { moduleDigest } from "./module-digest.ts";
import type { ModuleReader } from "./module-reader.ts";
import { createPythonReader, type PythonFacts } from "./python-facts.ts";

type Odoo = ProcessRuntimeSpec["odoo"];

/** What the files of an Odoo say; kept by a fingerprint of their names, sizes, times and inodes. */
interface FilesFacts {
  readonly formatVersion: 2;
  readonly filesDigest: Digest;
  readonly series: string;
  readonly odooVersion: string;
  readonly modules: readonly ModuleFacts[];
  readonly loadTimeModels: readonly string[];
  readonly loadTimeMixins: readonly string[];
}

type HashedFile = ListedFile & { readonly digest: Digest };

const readsAtOnce = 4;

/**
 * Reads the ground that releases stand on. The whole content is hashed once; afterwards, as long as no file's size, times
 * or inode differ, the kept result is given.
 */
export function createBaseReader(options: {
  readonly directory: string;
  readonly processes: Processes;
  readonly reader: ModuleReader;
}): (odoo: Odoo) => Promise<Base> {
  const pythonFacts = createPythonReader(options.processes);
  return async (odoo) => {
    const python = await pythonFacts(odoo);
    const roots = await rootsOf(odoo, python);
    const files = (await Promise.all(roots.map((root) => listFiles(root.path, root.label)))).flat();
    const facts = await filesFacts(files, roots, options);
    const digest = digestOf(
      {
        formatVersion: 1,
        files: facts.filesDigest,
        addonsPaths: roots.filter((root) => root.addons !== null).map((root) => root.label),
        python: python.version,
        libraries: python.libraries,
        options: odoo.options,
      },
      sha256,
    );
    const { series, odooVersion, modules, loadTimeModels, loadTimeMixins } = facts;
    return { digest, series, odooVersion, pythonVersion: python.version, modules, loadTimeModels, loadTimeMixins };
  };
}

/** Folders whose folders are modules, in the order in which Odoo looks for them. */
export async function baseFolders(odoo: Odoo, processes: Processes): Promise<readonly string[]> {
  const roots = await rootsOf(odoo, await createPythonReader(processes)(odoo));
  return roots.flatMap(({ path, addons, label }) => (addons === null ? [] : [addons === label ? path : join(path, "addons")]));
}

interface Root {
  readonly path: string;
  /** What the root is called in the digest: independent of where it lies. */
  readonly label: string;
  /** Folder below the label whose folders are modules; null when the root has none. */
  readonly addons: string | null;
}

/** In the order in which Odoo looks for modules: those of its own package first. */
async function rootsOf(odoo: Odoo, python: PythonFacts): Promise<readonly Root[]> {
  const core = join(python.odooPackage, "addons");
  const seen = new Set([await realpath(core).catch(() => core)]);
  const roots: Root[] = [
    { path: python.odooPackage, label: "odoo", addons: "odoo/addons" },
    { path: odoo.server, label: "server", addons: null },
  ];
  for (const path of odoo.addonsPaths) {
    const real = await realpath(path).catch(() => null);
    if (real === null || !(await stat(real)).isDirectory()) throw missing(`The addons path ${path} of Odoo`, path);
    if (seen.has(real)) continue;
    seen.add(real);
    const label = `addons/${seen.size - 1}`;
    roots.push({ path: real, label, addons: label });
  }
  return roots;
}

async function filesFacts(
  files: readonly ListedFile[],
  roots: readonly Root[],
  options: { readonly directory: string; readonly reader: ModuleReader },
): Promise<FilesFacts> {
  const kept = join(options.directory, `${fingerprint(files, roots)}.json`);
  const known = await readFile(kept, "utf8").then(
    (text) => JSON.parse(text) as FilesFacts,
    () => null,
  );
  if (known?.formatVersion === 2) return known;
  const facts = await readFiles(files, roots, options.reader);
  // Not synced: what a crash leaves half written doesn't parse, and is then read anew.
  const beside = `${kept}.${randomUUID()}`;
  await writeFile(beside, JSON.stringify(facts), { mode: 0o600 });
  await rename(beside, kept);
  return facts;
}

function fingerprint(files: readonly ListedFile[], roots: readonly Root[]): string {
  const hash = createHash("sha256");
  for (const root of roots) hash.update(`${root.label}\0${root.path}\n`);
  for (const file of files) hash.update(`${file.path}\0${file.stamp}\n`);
  return hash.digest("hex");
}

async function readFiles(files: readonly ListedFile[], roots: readonly Root[], reader: ModuleReader): Promise<FilesFacts> {
  const hashed: HashedFile[] = [];
  const manifests = new Map<string, Buffer>();
  const classes: ReturnType<ModuleReader["loadTimeClasses"]>[number][] = [];
  let release: string | null = null;
  await eachBounded(files, readsAtOnce, async (file) => {
    const bytes = file.danglesTo === null ? await readFile(file.realPath) : Buffer.from(`link to ${file.danglesTo}`);
    hashed.push({ ...file, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` });
    if (file.path.endsWith("/__manifest__.py")) manifests.set(file.path, bytes);
    if (file.path === "odoo/release.py") release = bytes.toString("utf8");
    if (file.path.endsWith(".py") && !file.path.includes("/tests/")) classes.push(...reader.loadTimeClasses(bytes.toString("utf8")));
  });
  const server = release === null ? null : reader.readServerVersion(release);
  if (server === null) throw missing("The version of Odoo (odoo/release.py)", roots[0]?.path ?? "");
  const sorted = hashed.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    formatVersion: 2,
    ...loadTimeNames(classes),
    filesDigest: digestOf(
      sorted.map(({ path, digest }) => [path, digest]),
      sha256,
    ),
    series: server.series,
    odooVersion: server.version,
    modules: coreModules(sorted, manifests, roots, server.series, reader),
  };
}

/** Those that run code of their own and what inherits from them; and apart from these, for nothing is passed on from there, what they inherit from. */
function loadTimeNames(classes: ReturnType<ModuleReader["loadTimeClasses"]>): Pick<FilesFacts, "loadTimeModels" | "loadTimeMixins"> {
  const models = new Set(classes.flatMap((one) => (one.own ? one.names : [])));
  // `base` is a part of every model: were it to count here, every model would.
  grow(models, (one) => (one.inherits.some((name) => name !== "base" && models.has(name)) ? one.names : []), classes);
  const mixins = new Set(models);
  grow(mixins, (one) => (one.names.some((name) => mixins.has(name)) ? one.inherits : []), classes);
  return { loadTimeModels: [...models].toSorted(), loadTimeMixins: [...mixins].filter((name) => !models.has(name)).toSorted() };
}

function grow<T>(names: Set<string>, more: (one: T) => readonly string[], classes: readonly T[]): void {
  for (let before = -1; before !== names.size;) {
    before = names.size;
    for (const one of classes) for (const name of more(one)) names.add(name);
  }
}

function coreModules(
  files: readonly HashedFile[],
  manifests: ReadonlyMap<string, Buffer>,
  roots: readonly Root[],
  series: string,
  reader: ModuleReader,
): readonly ModuleFacts[] {
  const modules = new Map<string, ModuleFacts>();
  const folders = roots.flatMap((root) => (root.addons === null ? [] : [root.addons]));
  for (const [addonsIndex, folder] of folders.entries()) {
    const inFolder = files
      .filter((file) => file.path.startsWith(`${folder}/`))
      .map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));
    for (const [name, own] of Map.groupBy(inFolder, (file) => file.path.split("/", 1)[0] ?? "")) {
      const manifest = manifests.get(`${folder}/${name}/__manifest__.py`);
      // The first addons path that has a module wins, silently.
      if (manifest === undefined || modules.has(name) || !/^\w{1,256}$/.test(name)) continue;
      const facts = moduleFacts(name, addonsIndex, manifest, own, series, reader);
      if (facts !== null) modules.set(name, facts);
    }
  }
  return [...modules.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function moduleFacts(
  name: string,
  addonsIndex: number,
  manifest: Buffer,
  files: readonly HashedFile[],
  series: string,
  reader: ModuleReader,
): ModuleFacts | null {
  const own = files.map((file) => ({
    path: file.path.slice(name.length + 1),
    mode: file.mode,
    digest: file.digest,
    sizeBytes: file.sizeBytes,
  }));
  try {
    return {
      ...reader.readManifest(manifest, { module: name, file: `${name}/__manifest__.py`, series, otherSeries: "not-installable" }),
      addonsIndex,
      digest: moduleDigest(own),
      migrationScripts: reader.migrationScripts(own.map((file) => file.path)),
      sizeBytes: own.reduce((sum, file) => sum + file.sizeBytes, 0),
      fileCount: own.length,
    };
  } catch (cause) {
    // Odoo doesn't see a module whose manifest it can't read; the base is taken as it is.
    if (cause instanceof PlimsollError) return null;
    throw cause;
  }
}

function missing(what: string, path: string): PlimsollError {
  return new PlimsollError("INPUT_INVALID", `${what} was not found: ${path}.`, {
    why: "The base that releases stand on is read from the files of the Odoo that the environment declares.",
    fix: "Correct the environment's runtime.odoo section.",
    facts: { path },
  });
}
