import type { Json } from "../../domain/shared/canonical-json.ts";
import { updatesDatabase } from "../../domain/impact/impact.ts";
import type { NothingPredicted, PredictedUpdate } from "../../domain/impact/prediction.ts";
import { digestOf } from "../../domain/shared/digest.ts";
import { predictUpdate } from "../../odoo/analysis/prediction/predict-update.ts";
import { summaryOf } from "../../odoo/analysis/prediction/predicted-update.ts";
import { analyseRelease } from "../../odoo/analysis/release-analysis.ts";
import { impactOf, isBaseChanged } from "../../odoo/analysis/release-impact.ts";
import type { PlanningFacts } from "../ports/change-kind.ts";
import type { Progress } from "../use-case.ts";
import type { World } from "../world.ts";
import { readBase, readTenant, releaseGround } from "./analysis-ground.ts";

type Question = Pick<PlanningFacts, "environment" | "tenant" | "base" | "from" | "to" | "codeProof">;

/**
 * What reading both releases tells of the update that a change runs. Never throws: what can't be read or told is no reason not to plan,
 * but the plan says so, and its class stays a floor.
 */
export async function predictChange(world: World, question: Question, progress: Progress): Promise<PredictedUpdate | NothingPredicted> {
  const { environment, tenant, from, to, codeProof } = question;
  // The update that would run if the release weren't code only: that it is takes both the proof and this second reading.
  const impact = impactOf({ ...question, codeProof: null });
  if (impact.plannedClass === "K0") return nothing(nothingUpdated);
  if (from === null) return nothing("No release is recorded for this environment, so there is no old code to compare with.");
  if (isBaseChanged(question)) return nothing("The base changed, and what Odoo's own modules were before isn't there to compare with.");
  try {
    const base = await readBase(world.trees, await world.releases.baseFolders(environment.spec.runtime.odoo), progress);
    if (base.core.length === 0) return nothing("Odoo's own modules aren't in any folder of the base.");
    const sides = { old: await releaseGround(world, from, base, progress), new: await releaseGround(world, to, base, progress) };
    const analysed = await readTenant(world, environment, { ground: sides.old.ground, facts: tenant, soon: true }, progress);
    progress("predicting what the update does");
    const analysis = analyseRelease({
      ...sides,
      tenant: analysed,
      environment: environment.spec.name,
      modules: null,
      codeProof,
      kinds: world.analysisKinds,
      predict: predictUpdate,
    });
    if (codeProof?.breaches.length === 0 && analysis.plannedClass !== null && !updatesDatabase(analysis.plannedClass))
      return nothing(nothingUpdated);
    const summed = summaryOf(analysis, impact);
    if (!("summary" in summed)) return { ...summed, updates: true };
    return {
      ...summed.summary,
      evidence: await world.evidence.put(summed.evidence as unknown as Json),
      compared: digestOf(summed.compared, world.hash),
    };
  } catch (error) {
    return nothing(`The sources or the database couldn't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const nothingUpdated = "Nothing is updated.";

function nothing(why: string): NothingPredicted {
  return { made: false, why };
}
