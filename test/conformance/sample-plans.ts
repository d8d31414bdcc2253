import { changeKinds } from "../../src/extensions/change-kinds/registry.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import { steps } from "../../src/extensions/steps/registry.ts";
import type { Describe, PlanningFacts } from "../../src/app/ports/change-kind.ts";
import type { StepKind } from "../../src/app/ports/step.ts";
import type { ReleaseChangeSpec } from "../../src/domain/change/change.ts";
import type { Plan, PlanItem } from "../../src/domain/plan/plan.ts";
import { FakeWorld } from "./fake-world.ts";
import { digestOfText, newRelease, oldRelease, samplePlanningFacts } from "./sample-facts.ts";

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

/** Nothing of the release would be loaded by an update: new workers beside the old. */
export const codePlan: Plan = samplePlan(samplePlanningFacts({ codeProof: { breaches: [], findings: [] } }));

/** What reading both releases could have told of the first one. */
export const predictedFacts: PlanningFacts = samplePlanningFacts({
  prediction: {
    made: true,
    plannedClass: "K5",
    floor: false,
    reasons: ["Columns go with their data: project_task.acme_old."],
    hazards: ["acme_project/views/views.xml:3: The view shows a field that isn't there."],
    removals: { tables: [], columns: ["project_task.acme_old"], records: ["acme_project.stage"], modules: [] },
    uncertain: [{ touches: "records of project_task", why: "The migration script post-fill.py runs." }],
    preChecks: [
      {
        id: "unique:project_task:code_uniq",
        kind: "duplicates",
        what: "No two records of Task may have the same Code.",
        sql: "SELECT code AS example, count(*) OVER () AS total FROM project_task GROUP BY code HAVING count(*) > 1 LIMIT 20",
        otherwise: "warns",
      },
    ],
    seconds: 42,
    evidence: digestOfText("prediction"),
    compared: digestOfText("difference"),
  },
});

/** The first one, held to a prediction. */
export const predictedPlan: Plan = samplePlan(predictedFacts);

/** A rehearsal of the first one. */
export const rehearsalSpec: ReleaseChangeSpec = { ...planSpec, rehearses: "C-1", copy: "dump" };
export const rehearsalPlan: Plan = sampleRehearsal();

export function sampleRehearsal(spec: ReleaseChangeSpec = rehearsalSpec, facts: PlanningFacts = samplePlanningFacts()): Plan {
  const kind = changeKinds.find((candidate) => candidate.id === "rehearsal");
  if (kind === undefined) throw new Error("the change kind rehearsal is in no registry");
  return kind.plan({ id: "C-2", spec }, facts, "2026-01-15T02:00:00.000Z", describeItem);
}

export const samplePlans: readonly Plan[] = [swapPlan, recordPlan, codePlan, rehearsalPlan];

/** A world in which all steps before a position of the plan have run; gates are taken as passed. */
export async function worldBefore(plan: Plan, position: number): Promise<FakeWorld> {
  return worldAfter(plan, plan.items.slice(0, position));
}

/** A world in which users are on the new release, and the steps of the recovery before a position have run: the original is still kept. */
export async function worldInRecovery(plan: Plan, position: number): Promise<FakeWorld> {
  const forward = plan.items.filter((item) => item.id !== "settle");
  const world = await worldAfter(plan, forward);
  world.recovery = { receipt: null, automatic: false };
  return goOn(world, (plan.recovery.items ?? []).slice(0, position));
}

async function worldAfter(plan: Plan, items: readonly PlanItem[]): Promise<FakeWorld> {
  return goOn(await new FakeWorld(plan).begin(), items);
}

async function goOn(world: FakeWorld, items: readonly PlanItem[]): Promise<FakeWorld> {
  for (const item of items) {
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
