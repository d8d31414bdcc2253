import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import { asPredicted, dataChecks, gate, jsonOf, step, type DraftItem } from "../../../app/ports/draft-item.ts";
import type { ReleaseChangeSpec } from "../../../domain/change/change.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import { drainMsOf } from "./way.ts";

const probeBudgetMs = 300_000;

/** What a change of this release does up to its gates, on a copy; then its workers, the report, and nothing is left. */
export function rehearsalItems(spec: ReleaseChangeSpec, facts: PlanningFacts, impact: Impact): readonly DraftItem[] {
  const { limits, database } = facts.environment.spec;
  const { name } = database;
  const release = facts.to.digest;
  const by = spec.copy ?? "dump";
  const lag = jsonOf(facts.environment.lag);
  const ownRole = by === "dump" && database.rehearsal !== undefined;
  return [
    step("claim", { database: name }),
    gate("preflight", "before", { database: name, release, lag, ...dataChecks(facts.prediction, () => null) }),
    step("probe-baseline", { database: name, release: facts.serving.release, budgetMs: probeBudgetMs }),
    step("copy-live", {
      database: name,
      by,
      release: facts.serving.release,
      drainMs: drainMsOf(facts),
      ...(ownRole ? { ownRole } : {}),
    }),
    step("update", {
      database: name,
      release,
      modules: impact.updateSet,
      budgetMs: limits.updateMsMax,
      watchLocks: true,
    }),
    step("examine", { database: name, release, budgetMs: probeBudgetMs, smoke: facts.smoke as unknown as Json }),
    gate("database-truth", "during", { database: name, release, lag, ...asPredicted(facts.prediction) }),
    gate("application-truth", "during", {}),
    step("try-workers", { database: name, release, bootMs: limits.bootMsMax }),
    step("report-rehearsal", { rehearses: spec.rehearses ?? "" }),
    step("discard-copy", { database: name }),
  ];
}
