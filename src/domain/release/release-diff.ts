import type { ModuleFacts, ReleaseContent, ReleaseFile } from "./release.ts";

/** What became of one module between two releases. */
export interface ModuleDiff {
  readonly module: string;
  readonly change: "added" | "removed" | "changed";
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  /** Paths relative to the module, sorted. */
  readonly filesAdded: readonly string[];
  readonly filesRemoved: readonly string[];
  /** Other bytes or another mode. */
  readonly filesChanged: readonly string[];
}

/** Modules that differ, sorted by name; the place of an addons path and a module's place in it make no difference. */
export interface ReleaseDiff {
  readonly modules: readonly ModuleDiff[];
  /** Modules that are in both and equal. */
  readonly unchanged: number;
}

/** Compares two releases by content, module by module. */
export function releaseDiff(from: ReleaseContent, to: ReleaseContent): ReleaseDiff {
  const before = new Map(from.modules.map((module) => [module.name, module]));
  const after = new Map(to.modules.map((module) => [module.name, module]));
  const filesBefore = filesByModule(from);
  const filesAfter = filesByModule(to);
  const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  const modules = names.flatMap((name) => {
    const files = compare(filesBefore.get(name) ?? new Map(), filesAfter.get(name) ?? new Map());
    return moduleDiff(name, before.get(name), after.get(name), files);
  });
  return { modules, unchanged: names.length - modules.length };
}

type Files = ReadonlyMap<string, ReleaseFile>;
type FilesDiff = Pick<ModuleDiff, "filesAdded" | "filesRemoved" | "filesChanged">;

function moduleDiff(module: string, from: ModuleFacts | undefined, to: ModuleFacts | undefined, files: FilesDiff): readonly ModuleDiff[] {
  if (from !== undefined && to !== undefined && from.digest === to.digest) return [];
  const change = from === undefined ? "added" : to === undefined ? "removed" : "changed";
  return [{ module, change, fromVersion: from?.version ?? null, toVersion: to?.version ?? null, ...files }];
}

/** Per module, its files by their path in it; a release's paths are `<addonsIndex>/<module>/<path>`. */
function filesByModule(content: ReleaseContent): ReadonlyMap<string, Files> {
  const modules = new Map<string, Map<string, ReleaseFile>>();
  for (const file of content.files) {
    const [, module = "", ...path] = file.path.split("/");
    const files = modules.get(module) ?? new Map<string, ReleaseFile>();
    files.set(path.join("/"), file);
    modules.set(module, files);
  }
  return modules;
}

function compare(before: Files, after: Files): FilesDiff {
  const differs = (path: string): boolean => {
    const [a, b] = [before.get(path), after.get(path)];
    return a !== undefined && b !== undefined && (a.digest !== b.digest || a.mode !== b.mode);
  };
  return {
    filesAdded: [...after.keys()].filter((path) => !before.has(path)).toSorted(),
    filesRemoved: [...before.keys()].filter((path) => !after.has(path)).toSorted(),
    filesChanged: [...after.keys()].filter(differs).toSorted(),
  };
}
