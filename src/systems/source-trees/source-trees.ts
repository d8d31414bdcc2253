import { createHash } from "node:crypto";
import type { ModuleSource } from "../../domain/release/module-source.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { SourceRoot, SourceTree, SourceTrees, TreeModule, TreeProblem } from "../../app/ports/source-trees.ts";
import { fileDigests } from "./file-digests.ts";
import { findModules } from "./find-modules.ts";
import { defaultSourceLimits, type FoundModule, type SourceLimits } from "./found-module.ts";
import { ModuleCache, type RootIndex } from "./module-cache.ts";
import { parseModule, type ParsedModule, type ReadModule } from "./parse-module.ts";
import { parseModules } from "./parse-pool.ts";
import type { ParseThread, ParseThreadData } from "./parse-thread.ts";
import { pythonTexts } from "./python-texts.ts";
import { unpackModule } from "./stored-module.ts";

export interface SourceTreesOptions {
  /** Never inside a tree. null: nothing is kept. */
  readonly cacheDirectory: string | null;
  /** Of everything that decides how a module is read: another version doesn't read what this one keeps. */
  readonly version: string;
  readonly threads: number;
  /** Starts a thread that does `serveParsing`. */
  readonly startThread: (data: ParseThreadData) => ParseThread;
  readonly readModule: ReadModule;
  readonly limits?: Partial<SourceLimits>;
  /** How long ago a file must have changed for its stamp to be believed; the coarsest clocks of file systems tick every two seconds. */
  readonly settledAfterMs?: number;
}

interface Placed {
  readonly module: FoundModule;
  readonly root: string;
  readonly addonsIndex: number;
}

/** Reads trees of modules in threads, and keeps what it read by the digest of each module. */
export function openSourceTrees(options: SourceTreesOptions): SourceTrees {
  const limits = { ...defaultSourceLimits, ...options.limits };
  const cache = options.cacheDirectory === null ? null : ModuleCache.open(options.cacheDirectory, options.version);
  const data: ParseThreadData = {
    cacheDirectory: cache === null ? null : options.cacheDirectory,
    version: options.version,
    fileBytesMax: limits.fileBytesMax,
  };
  const pool = { threads: options.threads, startThread: () => options.startThread(data), parseMsMax: limits.parseMsMax };

  return {
    async read(roots): Promise<SourceTree> {
      const settledBeforeMs = Date.now() - (options.settledAfterMs ?? 2_000);
      const { placed, problems } = place(roots, limits, settledBeforeMs);
      const indexes = new Map([...new Set(placed.map(({ root }) => root))].map((root) => [root, cache?.readIndex(root) ?? {}]));
      const known = placed.map((one) => knownModule(one, indexes.get(one.root) ?? {}, cache));
      const missing = placed.filter((_, index) => known[index] === null).map(({ module }) => module);
      const parsed = new Map((await parseModules(missing, pool)).map((one, index) => [missing[index], one]));
      const done = placed.map(({ module }, index) => known[index] ?? (parsed.get(module) as ParsedModule));
      if (cache !== null && missing.length > 0) writeIndexes(placed, done, indexes, cache);
      const load = (module: FoundModule, one: ParsedModule): ModuleSource => loadModule(module, one, cache, options.readModule, limits);
      const all = placed.map(({ module, addonsIndex }, index): TreeModule => {
        const one = done[index] as ParsedModule;
        const { name, shown } = module;
        return { name, addonsIndex, shown, digest: one.digest, manifest: one.manifest, load: () => load(module, one) };
      });
      return { ...byName(all), problems, parsed: missing.length };
    },
    async fileDigests(root, modules) {
      return fileDigests(root, modules, limits);
    },
    async pythonTexts(root, modules, bytesMax) {
      return pythonTexts(root, modules, bytesMax, limits);
    },
  };
}

/** Finds the modules of all roots, in order. */
function place(
  roots: readonly SourceRoot[],
  limits: SourceLimits,
  settledBeforeMs: number,
): { readonly placed: readonly Placed[]; readonly problems: readonly TreeProblem[] } {
  const placed: Placed[] = [];
  const problems: TreeProblem[] = [];
  let addonsIndex = 0;
  for (const root of roots) {
    const found = findModules(root, limits, settledBeforeMs);
    problems.push(...found.problems);
    const key = createHash("sha256")
      .update(JSON.stringify([found.realPath, root.translations]))
      .digest("hex");
    for (const modules of found.addons) {
      placed.push(...modules.map((module) => ({ module, root: key, addonsIndex })));
      addonsIndex += 1;
    }
  }
  return { placed, problems };
}

function knownModule(one: Placed, index: RootIndex, cache: ModuleCache | null): ParsedModule | null {
  const entry = Object.hasOwn(index, one.module.place) ? index[one.module.place] : undefined;
  if (entry === undefined || one.module.stamp === null || entry.stamp !== one.module.stamp) return null;
  if (cache?.has(entry.digest) !== true) return null;
  return { digest: entry.digest, manifest: entry.manifest, packed: null, settled: true };
}

function writeIndexes(
  placed: readonly Placed[],
  done: readonly ParsedModule[],
  before: ReadonlyMap<string, RootIndex>,
  cache: ModuleCache,
): void {
  for (const root of before.keys()) {
    const entries = placed.flatMap((one, index): [string, RootIndex[string]][] => {
      const parsed = done[index] as ParsedModule;
      const { stamp } = one.module;
      if (one.root !== root || stamp === null || !parsed.settled) return [];
      return [[one.module.place, { stamp, digest: parsed.digest, manifest: parsed.manifest }]];
    });
    cache.writeIndex(root, Object.fromEntries(entries));
  }
}

function loadModule(
  module: FoundModule,
  one: ParsedModule,
  cache: ModuleCache | null,
  read: ReadModule,
  limits: SourceLimits,
): ModuleSource {
  const bytes = one.packed ?? cache?.read(one.digest) ?? null;
  const kept = bytes === null ? null : unpackModule(one.digest, bytes);
  if (kept !== null) return kept;
  // Somebody emptied or spoilt the cache in between.
  const again = parseModule(module, read, null, limits.fileBytesMax);
  const source = again.packed === null ? null : unpackModule(again.digest, again.packed);
  if (source !== null && again.digest === one.digest) return source;
  throw new PlimsollError("RELEASE_ALTERED", `The module ${module.shown} changed while it was analysed.`, {
    fix: "Analyse again when nobody writes to it.",
    facts: { module: module.name },
  });
}

function byName(all: readonly TreeModule[]): Pick<SourceTree, "modules" | "shadowed"> {
  const modules = new Map<string, TreeModule>();
  const shadowed: TreeModule[] = [];
  for (const module of all) {
    if (modules.has(module.name)) shadowed.push(module);
    else modules.set(module.name, module);
  }
  return { modules, shadowed };
}
