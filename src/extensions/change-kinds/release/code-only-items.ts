import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import { gate, jsonOf, step, type DraftItem } from "../../../app/ports/draft-item.ts";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";

const probeBudgetMs = 300_000;
/** Workers that answered a moment ago answer at once. */
const askAgainMs = 15_000;

/** The items of a code-only release: new workers beside the old, and users moved between two requests. */
export function codeOnlyItems(change: string, facts: PlanningFacts, impact: Impact): readonly DraftItem[] {
  const { limits } = facts.environment.spec;
  const { database, old, now } = sides(change, facts);
  return [
    step("claim", { database }),
    gate("preflight", "before", { database, release: now.release, path: "code-only", lag: jsonOf(facts.environment.lag) }),
    step("probe-baseline", { database, release: old.release, budgetMs: probeBudgetMs }),
    step("start-beside", { ...now, bootMs: limits.bootMsMax }),
    step("probe-new", { database, release: now.release, budgetMs: probeBudgetMs }),
    gate("application-truth", "during", {}),
    step("switch-traffic", { from: old, to: now, serving: onRecord(facts, facts.to.digest, impact.lag ?? []), boundMs: askAgainMs }),
    gate("verification", "after", { generation: now.generation, release: now.release, database, soakMs: limits.soakMs }),
    step("hand-over-background", { from: old, to: now, boundMs: limits.backgroundStopMsMax }),
    step("retire-workers", { ...old, boundMs: limits.drainMsMax, bootMs: limits.bootMsMax }),
    step("settle", { database, horizonMs: limits.holdHorizonMs, path: "code-only" }),
  ];
}

/** The way back after the old workers have ended: the same in reverse. */
export function switchBackItems(change: string, facts: PlanningFacts): readonly DraftItem[] {
  const { spec, release, lag } = facts.environment;
  const { limits } = spec;
  const { database, old, now } = sides(change, facts);
  return [
    step("start-beside", { ...old, bootMs: limits.bootMsMax }),
    step("switch-traffic", { from: now, to: old, serving: onRecord(facts, release, lag), boundMs: askAgainMs }),
    step("hand-over-background", { from: now, to: old, boundMs: limits.backgroundStopMsMax }),
    step("retire-workers", { ...now, boundMs: limits.drainMsMax, bootMs: limits.bootMsMax }),
    step("settle", { database, horizonMs: limits.holdHorizonMs, path: "code-only" }),
  ];
}

function sides(change: string, { environment: { spec }, serving, to }: PlanningFacts) {
  const database = spec.database.name;
  return { database, old: { ...serving, database }, now: { generation: `g-${change.toLowerCase()}`, release: to.digest, database } };
}

/** Nothing is updated, so the base on record stays, and versions that the code raised are on record as a lag. */
function onRecord({ environment }: PlanningFacts, release: Digest | null, lag: readonly ModuleLag[]): Json {
  return { release, baseDigest: environment.baseDigest, lag: jsonOf(lag) };
}
