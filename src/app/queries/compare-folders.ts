import type { ModuleDiff } from "../../domain/release/release-diff.ts";
import { declarationDiff, type DeclarationDiff } from "../../odoo/analysis/declaration-diff.ts";
import type { SideModule } from "../../odoo/analysis/side.ts";
import type { FileDigests } from "../ports/source-trees.ts";
import type { Progress } from "../use-case.ts";
import type { AnalysisWorld } from "./analyse-release.ts";
import { byName, readRoots } from "./read-roots.ts";
import { changedFiles, withFiles, type ReadTree } from "./whole-digests.ts";

export interface FolderDifference {
  readonly from: string;
  readonly to: string;
  readonly equal: boolean;
  readonly modules: readonly (ModuleDiff & { readonly declarations: DeclarationDiff })[];
}

/** What differs between two trees that no store knows. @throws what reading throws */
export async function compareFolders(
  world: Pick<AnalysisWorld, "trees">,
  question: { readonly old: string; readonly new: string },
  progress: Progress,
): Promise<FolderDifference> {
  const read = async (path: string): Promise<ReadTree> => ({ path, ...(await readRoots(world.trees, [path], progress)) });
  const trees = [await read(question.old), await read(question.new)] as const;
  progress("comparing files");
  const names = [...new Set(trees.flatMap((tree) => tree.modules.map((module) => module.name)))].toSorted();
  const [before, after] = await Promise.all(
    trees.map(async (tree) => byName((await withFiles(world.trees, tree, new Set(names))).modules)),
  );
  const modules = names.flatMap((name) => differenceOf(name, before?.get(name), after?.get(name)));
  return { from: question.old, to: question.new, equal: modules.length === 0, modules };
}

type Files = Pick<ModuleDiff, "filesAdded" | "filesRemoved" | "filesChanged">;

function filesOf(before: FileDigests, after: FileDigests): Files {
  return {
    filesAdded: [...after.keys()].filter((path) => !before.has(path)),
    filesRemoved: [...before.keys()].filter((path) => !after.has(path)),
    filesChanged: changedFiles(before, after),
  };
}

function differenceOf(module: string, old: SideModule | undefined, now: SideModule | undefined): FolderDifference["modules"] {
  const files = filesOf(old?.files ?? new Map(), now?.files ?? new Map());
  const equal = Object.values(files).every((paths) => paths.length === 0);
  if (old !== undefined && now !== undefined && equal) return [];
  const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
  const versions = { fromVersion: old?.manifest?.version ?? null, toVersion: now?.manifest?.version ?? null };
  return [{ module, change, ...versions, ...files, declarations: declarationDiff(old?.load() ?? null, now?.load() ?? null) }];
}
