import type { Release, ReleaseFile } from "../../domain/release/release.ts";
import type { ModuleDifference, ReleaseDifference } from "../contract/releases.ts";

/** What the second release changes, by module and file. */
export function releaseDifference(from: Release, to: Release): ReleaseDifference {
  const names = [...new Set([...from.content.modules, ...to.content.modules].map((module) => module.name))].sort();
  return {
    from: from.name,
    to: to.name,
    equal: from.digest === to.digest,
    modules: names.flatMap((name) => moduleDifference(from, to, name) ?? []),
  };
}

function moduleDifference(from: Release, to: Release, name: string): ModuleDifference | null {
  const before = from.content.modules.find((module) => module.name === name);
  const after = to.content.modules.find((module) => module.name === name);
  if (before !== undefined && after !== undefined && before.digest === after.digest) return null;
  const old = filesOf(from, name);
  const now = filesOf(to, name);
  return {
    module: name,
    change: before === undefined ? "added" : after === undefined ? "removed" : "changed",
    fromVersion: before?.version ?? null,
    toVersion: after?.version ?? null,
    filesAdded: [...now.keys()].filter((path) => !old.has(path)).sort(),
    filesRemoved: [...old.keys()].filter((path) => !now.has(path)).sort(),
    filesChanged: [...now.keys()].filter((path) => old.has(path) && !sameFile(old.get(path), now.get(path))).sort(),
  };
}

/** A module's files by their path within it. */
function filesOf(release: Release, module: string): Map<string, ReleaseFile> {
  const facts = release.content.modules.find((each) => each.name === module);
  if (facts === undefined) return new Map();
  const prefix = `${facts.addonsIndex}/${module}/`;
  return new Map(release.content.files.filter((file) => file.path.startsWith(prefix)).map((file) => [file.path.slice(prefix.length), file]));
}

function sameFile(a: ReleaseFile | undefined, b: ReleaseFile | undefined): boolean {
  return a?.digest === b?.digest && a?.mode === b?.mode;
}
