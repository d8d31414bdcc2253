import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Base, ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";
import type { ProcessRuntimeSpec } from "../../domain/fleet/environment.ts";
import type { ReleaseLibrary } from "../../app/ports/release-library.ts";
import type { Processes } from "../../app/ports/runtime-kind.ts";
import { baseFolders, createBaseReader } from "./base.ts";
import { type BlobStore, createBlobStore } from "./blob-store.ts";
import { checkOut, gitReference } from "./git-source.ts";
import { materialiseTree, removeTree } from "./materialised-tree.ts";
import { moduleDigest } from "./module-digest.ts";
import type { ModuleReader } from "./module-reader.ts";
import { type CopiedFile, copyFiles, type SnapshotLimits } from "./snapshot.ts";
import { readTexts } from "./texts.ts";
import { findModules, type SourceModule, sourceTree } from "./source-tree.ts";

export interface ReleaseLibraryOptions {
  /** Everything is kept below it; made when missing. Other users may pass through it to the trees and see nothing else. */
  readonly directory: string;
  readonly processes: Processes;
  readonly reader: ModuleReader;
  readonly limits?: Partial<SnapshotLimits>;
}

const defaultSnapshotLimits: SnapshotLimits = {
  fileBytesMax: 256 * 1024 * 1024,
  releaseBytesMax: 4 * 1024 * 1024 * 1024,
  filesMax: 200_000,
};

/** What a crash left is removed when it is older than any release takes to add. */
const leftoverAgeMsMax = 24 * 3_600_000;

type Progress = (message: string) => void;
type Added = Awaited<ReturnType<ReleaseLibrary["add"]>>;

/**
 * Releases in a directory: `blobs/` and `contents/` by digest, `trees/` that Odoo runs from, `bases/` as a cache of what
 * reading a whole Odoo gave.
 */
export function createReleaseLibrary(options: ReleaseLibraryOptions): ReleaseLibrary {
  const directory = resolve(options.directory);
  const limits = { ...defaultSnapshotLimits, ...options.limits };
  const blobs = createBlobStore(directory);
  const baseOf = createBaseReader({ directory: join(directory, "bases"), processes: options.processes, reader: options.reader });
  const materialising = new Map<Digest, Promise<string>>();
  return {
    async add(sources, { series, progress = () => {} }): Promise<Added> {
      await prepare(directory);
      const staging = join(directory, "staging", randomUUID());
      await mkdir(staging, { mode: 0o700 });
      try {
        return await addFrom(sources, { staging, series, progress, blobs, limits, reader: options.reader, processes: options.processes });
      } finally {
        await removeTree(staging);
      }
    },
    content: (digest: Digest): Promise<ReleaseContent> => blobs.content(digest),
    readTexts: (digest: Digest, paths: readonly string[]): Promise<ReadonlyMap<string, string | null>> => readTexts(blobs, digest, paths),
    async verify(digest: Digest): Promise<void> {
      await blobs.verify(digest);
    },
    async materialise(digest: Digest): Promise<readonly string[]> {
      await prepare(directory);
      // Two builders of one tree in one process would only be in each other's way.
      const running = materialising.get(digest) ?? materialiseTree(join(directory, "trees"), digest, blobs);
      materialising.set(digest, running);
      try {
        const tree = await running;
        const { addonsPaths } = await blobs.content(digest);
        return Array.from({ length: addonsPaths }, (_, index) => join(tree, String(index)));
      } finally {
        if (materialising.get(digest) === running) materialising.delete(digest);
      }
    },
    async base(odoo: ProcessRuntimeSpec["odoo"]): Promise<Base> {
      await prepare(directory);
      return baseOf(odoo);
    },
    async baseFolders(odoo: ProcessRuntimeSpec["odoo"]): Promise<readonly string[]> {
      return baseFolders(odoo, options.processes);
    },
  };
}

interface Adding {
  readonly staging: string;
  readonly series: string;
  readonly progress: Progress;
  readonly blobs: BlobStore;
  readonly limits: SnapshotLimits;
  readonly reader: ModuleReader;
  readonly processes: Processes;
}

/** Nothing reaches the store before everything was found to be right. */
async function addFrom(sources: readonly string[], adding: Adding): Promise<Added> {
  if (sources.length === 0)
    throw new PlimsollError("INPUT_INVALID", "A release needs at least one source.", { fix: "Give an addons directory." });
  const modules: SourceModule[] = [];
  const origins: { readonly commit: string; readonly author: string }[] = [];
  for (const [index, source] of sources.entries()) {
    adding.progress(`looking for modules in ${source}`);
    const opened = await openSource(source, index, adding);
    if (opened.origin !== null) origins.push(opened.origin);
    const filesBefore = modules.reduce((sum, module) => sum + module.files.length, 0);
    modules.push(...(await findModules(opened.tree, index, adding.limits.filesMax - filesBefore)));
    refuseTwice(modules);
  }
  const files = await copyAll(modules, adding);
  const filesOf = Map.groupBy(files, (file) => file.path.split("/", 2).join("/"));
  const content: ReleaseContent = {
    formatVersion: 1,
    series: adding.series,
    addonsPaths: sources.length,
    modules: await Promise.all(
      modules.map((module) => moduleFacts(module, filesOf.get(`${module.addonsIndex}/${module.name}`) ?? [], adding)),
    ),
    files: files.map(({ path, mode, sizeBytes, digest }) => ({ path, mode, sizeBytes, digest })),
  };
  adding.progress(`storing ${files.length} files`);
  await adding.blobs.keepFiles(files);
  const digest = await adding.blobs.keepContent(content);
  const distinct = (values: readonly string[]): string => [...new Set(values)].join(", ");
  if (origins.length === 0) return { digest, content };
  return {
    digest,
    content,
    commit: distinct(origins.map((origin) => origin.commit)),
    author: distinct(origins.map((origin) => origin.author)),
  };
}

async function openSource(
  source: string,
  index: number,
  adding: Adding,
): Promise<{
  readonly tree: Awaited<ReturnType<typeof sourceTree>>;
  readonly origin: { readonly commit: string; readonly author: string } | null;
}> {
  const reference = await gitReference(source);
  if (reference === null) return { tree: await sourceTree(resolve(source), source, ""), origin: null };
  const folder = join(adding.staging, `git-${index}`);
  await mkdir(folder);
  const checkout = await checkOut(reference, source, folder, adding.processes);
  return { tree: await sourceTree(checkout.directory, source, checkout.rootName), origin: checkout };
}

function refuseTwice(modules: readonly SourceModule[]): void {
  const seen = new Map<string, SourceModule>();
  for (const module of modules) {
    const first = seen.get(module.name);
    if (first !== undefined) {
      throw new PlimsollError(
        "RELEASE_MODULE_TWICE",
        `The module ${module.name} is in the release twice: ${first.shown} and ${module.shown}.`,
        {
          why: "Odoo would take the first one and silently never see the other.",
          fix: "Leave one of them out.",
          facts: { module: module.name, first: first.shown, second: module.shown },
        },
      );
    }
    seen.set(module.name, module);
  }
}

async function copyAll(modules: readonly SourceModule[], adding: Adding): Promise<readonly CopiedFile[]> {
  const folder = join(adding.staging, "files");
  await mkdir(folder);
  const files = modules.flatMap((module) => module.files);
  return copyFiles(files, folder, adding.limits, (done) => {
    if (done % 1000 === 0 || done === files.length) adding.progress(`copied ${done} of ${files.length} files`);
  });
}

async function moduleFacts(module: SourceModule, files: readonly CopiedFile[], adding: Adding): Promise<ModuleFacts> {
  const prefix = `${module.addonsIndex}/${module.name}/`;
  const own = files.map((file) => ({ ...file, path: file.path.slice(prefix.length) }));
  const manifest = own.find((file) => file.path === "__manifest__.py");
  if (manifest === undefined) throw new Error(`the manifest of ${module.shown} was not copied`);
  const facts = adding.reader.readManifest(await readFile(manifest.copy), {
    module: module.name,
    file: `${module.shown}/__manifest__.py`,
    series: adding.series,
    otherSeries: "refuse",
  });
  return {
    ...facts,
    addonsIndex: module.addonsIndex,
    digest: moduleDigest(own),
    migrationScripts: adding.reader.migrationScripts(own.map((file) => file.path)),
    sizeBytes: own.reduce((sum, file) => sum + file.sizeBytes, 0),
    fileCount: own.length,
  };
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o711);
  for (const name of ["blobs", "contents", "bases", "staging"]) await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
  await mkdir(join(directory, "trees"), { recursive: true });
  await chmod(join(directory, "trees"), 0o755);
  for (const folder of ["staging", "trees"]) await removeLeftovers(join(directory, folder));
}

/** Finished trees are named by digests; everything else in these folders was being made when somebody died. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^[0-9a-f]{64}$/.test(name)) continue;
    // The time of the last change of the entry itself: a tree's modification times are made up.
    const facts = await stat(join(folder, name)).catch(() => null);
    if (facts !== null && Date.now() - facts.ctimeMs > leftoverAgeMsMax) await removeTree(join(folder, name));
  }
}
