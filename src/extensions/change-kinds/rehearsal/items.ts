import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import type { ReleaseChangeSpec } from "../../../domain/change/change.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";

type DraftItem =
  | { readonly type: "step"; readonly id: string; readonly input: Json }
  | { readonly type: "gate"; readonly id: string; readonly phase: "before" | "during"; readonly input: Json };

const probeBudgetMs = 300_000;
/** Users wait for a copy by template, so requests in flight get less time than a change gives them. */
const drainMsMax = 5_000;

/** What a change of this release does up to its gates, on a copy; then its workers, the report, and nothing is left. */
export function rehearsalItems(spec: ReleaseChangeSpec, facts: PlanningFacts, impact: Impact): readonly DraftItem[] {
  const { limits, database } = facts.environment.spec;
  const { name } = database;
  const release = facts.to.digest;
  const by = spec.copy ?? "dump";
  const lag = facts.environment.lag.map((module) => ({ ...module }));
  const ownRole = by === "dump" && database.rehearsal !== undefined;
  return [
    step("claim", { database: name }),
    gate("preflight", "before", { database: name, release, lag }),
    step("probe-baseline", { database: name, release: facts.serving.release, budgetMs: probeBudgetMs }),
    step("copy-live", {
      database: name,
      by,
      release: facts.serving.release,
      drainMs: Math.min(limits.drainMsMax, drainMsMax),
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
    gate("database-truth", "during", { database: name, release, lag }),
    gate("application-truth", "during", {}),
    step("try-workers", { database: name, release, bootMs: limits.bootMsMax }),
    step("report-rehearsal", { rehearses: spec.rehearses ?? "" }),
    step("discard-copy", { database: name }),
  ];
}

function step(id: string, input: Json): DraftItem {
  return { type: "step", id, input };
}

function gate(id: string, phase: "before" | "during", input: Json): DraftItem {
  return { type: "gate", id, phase, input };
}
