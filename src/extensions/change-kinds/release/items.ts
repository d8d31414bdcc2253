import type { PlanningFacts } from "../../../app/ports/change-kind.ts";
import { asPredicted, dataChecks, gate, jsonOf, step, type DraftItem } from "../../../app/ports/draft-item.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Plan } from "../../../domain/plan/plan.ts";
import { preCheckRowId } from "../../../odoo/analysis/pre-check-rows.ts";
import { codeOnlyItems, switchBackItems } from "./code-only-items.ts";
import { recoveryItems } from "./recovery-items.ts";

const probeBudgetMs = 300_000;

/** The items of the plan, in the order in which they run. The generation that will serve is named after the change. */
export function planItems(change: string, facts: PlanningFacts, impact: Impact, traffic: Plan["traffic"]): readonly DraftItem[] {
  const { spec } = facts.environment;
  const { serving } = facts;
  const { digest } = facts.to;
  const lag = jsonOf(facts.environment.lag);
  if (impact.plannedClass === "K0")
    return [step("record", { release: digest, generation: serving.generation, lag: jsonOf(impact.lag ?? []) })];
  if (impact.plannedClass === "K1") return codeOnlyItems(change, facts, impact);
  const { limits } = spec;
  const database = spec.database.name;
  const generation = `g-${change.toLowerCase()}`;
  const old = { ...serving, database };
  return [
    step("claim", { database }),
    ...(spec.requires?.includes("rehearsal") === true ? [gate("rehearsed", "before", {})] : []),
    gate("preflight", "before", { database, release: digest, lag, ...dataChecks(facts.prediction, harmlessIn(facts)) }),
    step("probe-baseline", { database, release: serving.release, budgetMs: probeBudgetMs }),
    step("link-filestore", { database }),
    step("stop-background", { ...old, boundMs: limits.backgroundStopMsMax }),
    step("hold-traffic", { ...old, mode: traffic }),
    step("drain", { boundMs: limits.drainMsMax }),
    step("fence", { database }),
    step("checkpoint", { database }),
    step("update", { database, release: digest, modules: impact.updateSet, budgetMs: limits.updateMsMax }),
    step("examine", { database, release: digest, budgetMs: probeBudgetMs, smoke: facts.smoke as unknown as Json }),
    gate("database-truth", "during", { database, release: digest, lag, ...asRehearsed(facts), ...asPredicted(facts.prediction) }),
    gate("application-truth", "during", {}),
    step("swap", { database }),
    step("reopen", { database, release: digest, generation, bootMs: limits.bootMsMax }),
    gate("verification", "after", { generation, release: digest, database, soakMs: limits.soakMs }),
    step("resume-background", { database, release: digest, generation, old: serving }),
    step("settle", { database, horizonMs: limits.holdHorizonMs }),
  ];
}

/** What the update is held to when it was rehearsed. */
function asRehearsed({ rehearsal }: PlanningFacts): { readonly rehearsal?: Json } {
  if (rehearsal === null) return {};
  const { deployment, difference, warnings } = rehearsal;
  return { rehearsal: { deployment, difference, warnings } };
}

/** The rehearsal in which a question's answer did no harm. */
function harmlessIn({ rehearsal }: PlanningFacts): (check: string) => string | null {
  return (check) => (rehearsal?.harmlessChecks?.includes(preCheckRowId(check)) === true ? rehearsal.deployment : null);
}

/** What a recovery after reopening runs; nothing after a change that ran nothing. */
export function itemsBack(change: string, facts: PlanningFacts, impact: Impact): readonly DraftItem[] {
  if (impact.plannedClass === "K0") return [];
  return impact.plannedClass === "K1" ? switchBackItems(change, facts) : recoveryItems(change, facts);
}
