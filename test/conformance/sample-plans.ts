import { changeKinds } from "../../src/extensions/change-kinds/registry.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import { steps } from "../../src/extensions/steps/registry.ts";
import type { Describe, PlanningFacts } from "../../src/app/ports/change-kind.ts";
import type { StepKind } from "../../src/app/ports/step.ts";
import type { ReleaseChangeSpec } from "../../src/domain/change/change.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import { FakeWorld } from "./fake-world.ts";
import { newRelease, oldRelease, samplePlanningFacts } from "./sample-facts.ts";

export const planSpec: ReleaseChangeSpec = {
  environment: "acme-production",
  release: "2026-02",
  agreedRemovals: { tables: [], columns: [], records: [], modules: [] },
};

export const describeItem: Describe = (type, id, input) => {
  const kind = type === "step" ? steps.find((step) => step.id === id) : gates.find((gate) => gate.id === id);
  if (kind === undefined) throw new Error(`the plan names the ${type} ${id}, which is in no registry`);
  return kind.describe(input);
};

export function samplePlan(facts: PlanningFacts = samplePlanningFacts()): Plan {
  const kind = changeKinds.find((candidate) => candidate.id === "release");
  if (kind === undefined) throw new Error("the change kind release is in no registry");
  return kind.plan({ id: "C-1", spec: planSpec }, facts, "2026-01-15T02:00:00.000Z", describeItem);
}

/** A release that changes an installed module: the whole way by clone and swap. */
export const swapPlan: Plan = samplePlan();

/** A release in which nothing that is installed changed. */
export const recordPlan: Plan = samplePlan(samplePlanningFacts({ to: { ...oldRelease, name: newRelease.name } }));

export const samplePlans: readonly Plan[] = [swapPlan, recordPlan];

/** A world in which all steps before a position of the plan have run; gates are taken as passed. */
export async function worldBefore(plan: Plan, position: number): Promise<FakeWorld> {
  const world = await new FakeWorld(plan).begin();
  for (const item of plan.items.slice(0, position)) {
    if (item.type === "gate") continue;
    const step = stepOf(item.id);
    world.outputs.set(item.id, await step.apply(world.context(step.needs), item.input));
  }
  return world;
}

export function stepOf(id: string): StepKind {
  const step = steps.find((candidate) => candidate.id === id);
  if (step === undefined) throw new Error(`no step is called ${id}`);
  return step;
}
