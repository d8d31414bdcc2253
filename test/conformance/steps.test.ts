import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { steps } from "../../src/extensions/steps/registry.ts";
import { repositoryRoot } from "../architecture/source-tree.ts";
import { samplePlans, worldBefore, worldInRecovery } from "./sample-plans.ts";
import { stepConforms } from "./step-suite.ts";

const planned = new Set<string>();

for (const plan of samplePlans) {
  plan.items.forEach((item, position) => {
    const step = item.type === "step" ? steps.find((candidate) => candidate.id === item.id) : undefined;
    if (step === undefined || planned.has(step.id)) return;
    planned.add(step.id);
    stepConforms(step, { input: item.input, world: () => worldBefore(plan, position) });
  });
}

/** The same step does other things on the way back: another generation, another database. */
describe("in a recovery", () => {
  const tried = new Set<string>();
  for (const plan of samplePlans) {
    (plan.recovery.items ?? []).forEach((item, position) => {
      const step = steps.find((candidate) => candidate.id === item.id);
      if (step === undefined || tried.has(`${plan.recovery.kind} ${step.id}`)) return;
      tried.add(`${plan.recovery.kind} ${step.id}`);
      planned.add(step.id);
      stepConforms(step, { input: item.input, world: () => worldInRecovery(plan, position) });
    });
  }
});

describe("the registry of steps", () => {
  it("has no step that goes untried: each is in a sample plan, or brings its own test", () => {
    const untried = steps.filter(
      (step) => !planned.has(step.id) && !existsSync(join(repositoryRoot, "src/extensions/steps", step.id, `${step.id}.test.ts`)),
    );
    expect(untried.map((step) => step.id)).toEqual([]);
    expect(planned.size).toBeGreaterThan(10);
  });
});
