import { analyseFolders, type FolderQuestion } from "../app/queries/analyse-release.ts";
import { compareFolders, type FolderDifference } from "../app/queries/compare-folders.ts";
import type { ReleaseAnalysis } from "../domain/impact/analysis.ts";
import { analysisKinds } from "../extensions/analyses/registry.ts";
import type { Variables } from "./home.ts";
import { cacheDirectoryOf, openSourceTrees } from "./source-trees.ts";

type Say = (message: string) => void;

/** Folders alone: no store, no server; what was parsed is kept in the user's cache. */
export function analyse(question: FolderQuestion, env: Variables, progress: Say): Promise<ReleaseAnalysis> {
  return analyseFolders({ trees: openSourceTrees(cacheDirectoryOf(env)), analysisKinds }, question, progress);
}

export function compare(
  question: { readonly old: string; readonly new: string },
  env: Variables,
  progress: Say,
): Promise<FolderDifference> {
  return compareFolders({ trees: openSourceTrees(cacheDirectoryOf(env)) }, question, progress);
}
