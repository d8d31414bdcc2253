import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import type { CodeProof } from "../../domain/impact/impact.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { predictUpdate } from "../../odoo/analysis/prediction/predict-update.ts";
import { analyseRelease as analyse, type NamedGround } from "../../odoo/analysis/release-analysis.ts";
import { sideGround, type SideModule } from "../../odoo/analysis/side.ts";
import { proveRelease, type CodeProofQuestion } from "./code-proof.ts";
import { readBase, readTenant, releaseGround } from "./analysis-ground.ts";
import { readRoots } from "./read-roots.ts";
import { withFileDigests, type ReadTree } from "./whole-digests.ts";
import { findEnvironment, findRelease } from "../find.ts";
import type { AnalysisKind } from "../ports/analysis-kind.ts";
import type { SourceTrees } from "../ports/source-trees.ts";
import type { Progress, UseCase } from "../use-case.ts";
import type { World } from "../world.ts";

/** What analysing folders needs of the world: no store, no server, no database. */
export interface AnalysisWorld {
  readonly trees: SourceTrees;
  readonly analysisKinds: readonly AnalysisKind[];
}

export interface FolderQuestion {
  /** Addons folder, module, folder of addons folders, or wheel; null: the new one is looked at by itself. */
  readonly old: string | null;
  readonly new: string;
  /** Odoo's own addons folders, in the order of its addons path. */
  readonly base: readonly string[];
  /** `19.0`; null: what the modules' versions say. */
  readonly series: string | null;
  /** What counts as installed; null: all of the old side. */
  readonly modules: readonly string[] | null;
}

/** Analyses folders alone. @throws INPUT_INVALID, RELEASE_NO_MODULE, RELEASE_FILE_OVERSIZED */
export async function analyseFolders(world: AnalysisWorld, question: FolderQuestion, progress: Progress): Promise<ReleaseAnalysis> {
  const base = await readBase(world.trees, question.base, progress);
  const read = async (path: string): Promise<ReadTree> => ({ path, ...(await readRoots(world.trees, [path], progress)) });
  const alone = await read(question.new);
  progress("comparing files");
  const [old, now] = question.old === null ? [null, alone] : await withFileDigests(world.trees, await read(question.old), alone);
  const series = question.series ?? seriesOf(now.modules) ?? seriesOf(old?.modules ?? []) ?? usualSeries;
  const named = ({ path, modules, problems }: ReadTree): NamedGround => ({
    name: path,
    // Odoo's own tree is its own base.
    ground: sideGround({
      ...(modules.some((module) => module.name === "base") ? { ...base, core: [] } : base),
      ...{ release: modules, problems, series },
    }),
  });
  const sides = { old: old === null ? null : named(old), new: named(now) };
  requireModules(question.modules, sides.old ?? sides.new);
  const analysis = analyse({
    ...sides,
    tenant: null,
    environment: null,
    modules: question.modules,
    kinds: world.analysisKinds,
    predict: predictUpdate,
    progress,
  });
  return { ...analysis, folders: foldersOf(analysis, alone.modules) };
}

function foldersOf({ findings }: ReleaseAnalysis, modules: readonly SideModule[]): Readonly<Record<string, string>> {
  const named = new Set(findings.map((finding) => finding.module));
  return Object.fromEntries(
    modules.toReversed().flatMap(({ name, shown }) => (shown === undefined || !named.has(name) ? [] : [[name, shown]])),
  );
}

export interface ReleaseAnalysisQuestion {
  readonly release: string;
  /** The release to compare with; null: the one that serves in the environment; without an environment the release is looked at by itself. */
  readonly against: string | null;
  /** Whose database and base are looked at; null: none's. */
  readonly environment: string | null;
  readonly modules: readonly string[] | null;
}

/** Analyses releases of the store, and what one of them does to an environment. */
export const analyseRelease: UseCase<ReleaseAnalysisQuestion, ReleaseAnalysis> = {
  id: "analyse-release",
  permission: "release:read",
  async handler(world, _actor, input, progress) {
    const to = await findRelease(world.store, input.release);
    const environment = input.environment === null ? null : await findEnvironment(world.store, input.environment);
    const against = input.against ?? environment?.release ?? null;
    const from = against === null ? null : await findRelease(world.store, against);
    if (environment !== null && from === null)
      throw new PlimsollError(
        "INPUT_INVALID",
        `No release is recorded for ${environment.spec.name}, so there is nothing to compare with.`,
        {
          fix: "Name the release that made its database: plimsoll analyze OLD NEW --environment NAME",
        },
      );
    const base = await readBase(
      world.trees,
      environment === null ? [] : await world.releases.baseFolders(environment.spec.runtime.odoo),
      progress,
    );
    const sides = {
      old: from === null ? null : await releaseGround(world, from, base, progress),
      new: await releaseGround(world, to, base, progress),
    };
    requireModules(input.modules, sides.old ?? sides.new);
    const tenant =
      environment === null
        ? null
        : await readTenant(world, environment, { ground: (sides.old ?? sides.new).ground, facts: null }, progress);
    const codeProof =
      environment === null || tenant === null || from === null ? null : await prove(world, { environment, tenant: tenant.facts, from, to });
    return analyse({
      ...sides,
      codeProof,
      tenant,
      environment: environment?.spec.name ?? null,
      modules: input.modules,
      kinds: world.analysisKinds,
      predict: predictUpdate,
      progress,
    });
  },
};

async function prove(world: World, question: Omit<CodeProofQuestion, "base">): Promise<CodeProof | null> {
  return proveRelease(world.releases, { ...question, base: await world.releases.base(question.environment.spec.runtime.odoo) });
}

const usualSeries = "19.0";

/** What most versions with a series in front begin with. */
function seriesOf(modules: readonly SideModule[]): string | null {
  const counts = new Map<string, number>();
  for (const { manifest } of modules) {
    const series = /^([0-9]+\.[0-9]+)\.[0-9]+\.[0-9]+/.exec(manifest?.version ?? "")?.[1];
    if (series !== undefined) counts.set(series, (counts.get(series) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function requireModules(modules: readonly string[] | null, { name, ground }: NamedGround): void {
  const unknown = (modules ?? []).filter((module) => !ground.universe.has(module));
  if (unknown.length === 0) return;
  throw new PlimsollError("INPUT_INVALID", `There is no module ${unknown.join(", ")} in ${name} or its base.`, {
    fix: "Name modules that are installed, separated by commas: --modules sale,stock",
  });
}
