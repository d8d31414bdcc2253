import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import { jsonOf, step, type DraftItem } from "../../../app/ports/draft-item.ts";

/**
 * What a recovery after a swap runs, in order. Until the old release serves again each of its steps can be
 * taken back, which leaves users on the new one.
 */
export function recoveryItems(change: string, facts: PlanningFacts): readonly DraftItem[] {
  const { spec, release, baseDigest, lag } = facts.environment;
  const { limits } = spec;
  const { serving } = facts;
  const database = spec.database.name;
  const now = { generation: `g-${change.toLowerCase()}`, release: facts.to.digest };
  return [
    step("stop-background", { ...now, database, boundMs: limits.backgroundStopMsMax, startedBy: "resume-background" }),
    step("hold-traffic", { ...now, database, mode: "hold" }),
    step("drain", { boundMs: limits.drainMsMax }),
    step("loss-receipt", { database }),
    step("fence", { database, of: "candidate" }),
    step("swap-back", { database }),
    step("reopen", {
      ...serving,
      database,
      bootMs: limits.bootMsMax,
      returns: { release, baseDigest, lag: jsonOf(lag) },
    }),
    step("restart-background", { ...serving, database, instead: now }),
    step("settle", { database, horizonMs: limits.holdHorizonMs, keeps: "new" }),
  ];
}
