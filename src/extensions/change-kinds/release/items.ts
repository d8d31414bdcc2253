import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Plan } from "../../../domain/plan/plan.ts";

const probeBudgetMs = 300_000;

/** An item before its step or gate has put it into a sentence. */
export type DraftItem =
  | { readonly type: "step"; readonly id: string; readonly input: Json }
  | { readonly type: "gate"; readonly id: string; readonly phase: "before" | "during" | "after"; readonly input: Json };

/** The items of the plan, in the order in which they run (safe-change §3). The generation that will serve is named after the change. */
export function planItems(change: string, facts: PlanningFacts, impact: Impact, traffic: Plan["traffic"]): readonly DraftItem[] {
  const { spec } = facts.environment;
  const { serving } = facts;
  const { digest } = facts.to;
  if (impact.plannedClass === "K0") return [step("record", { release: digest, generation: serving.generation })];
  const { limits } = spec;
  const database = spec.database.name;
  const generation = `g-${change.toLowerCase()}`;
  const old = { ...serving, database };
  return [
    step("claim", { database }),
    gate("preflight", "before", { database, release: digest }),
    step("probe-baseline", { database, release: serving.release, budgetMs: probeBudgetMs }),
    step("link-filestore", { database }),
    step("stop-background", { ...old, boundMs: limits.backgroundStopMsMax }),
    step("hold-traffic", { ...old, mode: traffic }),
    step("drain", { boundMs: limits.drainMsMax }),
    step("fence", { database }),
    step("checkpoint", { database }),
    step("update", { database, release: digest, modules: impact.updateSet, budgetMs: limits.updateMsMax }),
    step("examine", { database, release: digest, budgetMs: probeBudgetMs }),
    gate("database-truth", "during", { database, release: digest }),
    gate("application-truth", "during", {}),
    step("swap", { database }),
    step("reopen", { database, release: digest, generation, bootMs: limits.bootMsMax }),
    step("resume-background", { database, release: digest, generation, old: serving }),
    step("settle", { database, horizonMs: limits.holdHorizonMs }),
  ];
}

function step(id: string, input: Json): DraftItem {
  return { type: "step", id, input };
}

function gate(id: string, phase: "before" | "during" | "after", input: Json): DraftItem {
  return { type: "gate", id, phase, input };
}
