import type { Change } from "../../domain/change/change.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import { digestOf, type Digest } from "../../domain/shared/digest.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { requirePlannable } from "../change-state.ts";
import { findChange } from "../find.ts";
import type { ChangeProblem } from "../ports/change-kind.ts";
import { changeKindOf, measurePlanningFacts } from "../queries/measure-planning-facts.ts";
import type { UseCase } from "../use-case.ts";

export interface PlanChangeInput {
  readonly change: string;
}

export interface PlannedChange {
  readonly change: Change;
  readonly digest: Digest;
  readonly plan: Plan;
}

/** Compiles the change into a plan that is data. Planning again replaces the plan and voids an approval. */
export const planChange: UseCase<PlanChangeInput, PlannedChange> = {
  id: "plan-change",
  permission: "change:plan",

  async handler(world, actor, input, progress) {
    const before = await findChange(world.store, input.change);
    requirePlannable(before);
    const kind = changeKindOf(world, before);
    const facts = await measurePlanningFacts(world, before, progress);
    const problems = kind.validate(before.spec, facts);
    if (problems.length > 0) throw cannotBePlanned(before, problems);
    const plan = kind.plan(before, facts, world.clock.now(), world.describe);
    const digest = digestOf(plan as unknown as Json, world.hash);
    const change = await world.store.transaction(async (tx) => {
      // Read again: while the facts were measured somebody may have run or cancelled it.
      const current = await findChange(tx, input.change);
      requirePlannable(current);
      const planned: Change = { ...current, state: "planned", planDigest: digest, approvedDigest: null, approvedBy: null };
      await tx.putPlan(digest, plan);
      await tx.putChange(planned);
      await tx.append({
        actor: actor.name,
        type: "change.planned",
        subjectKind: "change",
        subject: current.id,
        environment: current.spec.environment,
        deployment: null,
        data: { digest, plannedClass: plan.impact.plannedClass, voidedApproval: current.approvedDigest },
      });
      return planned;
    });
    return { change, digest, plan };
  },
};

function cannotBePlanned(change: Change, problems: readonly ChangeProblem[]): PlimsollError {
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? first.message
      : `${change.id} can't be planned: ${problems.length} things stand against it.`;
  const fixes = problems.flatMap((problem) => problem.fix ?? []);
  // Several problems of several kinds have no code in common.
  const code = problems.every((problem) => problem.code === first?.code) ? (first?.code ?? "INPUT_INVALID") : "INPUT_INVALID";
  return new PlimsollError(code, message, {
    because: problems.map((problem) => problem.message),
    ...(fixes.length === 0 ? {} : { fix: [...new Set(fixes)].join(" ") }),
    facts: { change: change.id, environment: change.spec.environment },
  });
}
