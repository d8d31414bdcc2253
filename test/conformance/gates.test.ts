import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gates } from "../../src/extensions/gates/registry.ts";
import { repositoryRoot } from "../architecture/source-tree.ts";
import { gateConforms } from "./gate-suite.ts";
import { predictedPlan, samplePlans, worldBefore } from "./sample-plans.ts";

const planned = new Set<string>();

for (const plan of samplePlans) {
  plan.items.forEach((item, position) => {
    const gate = item.type === "gate" ? gates.find((candidate) => candidate.id === item.id) : undefined;
    if (gate === undefined || planned.has(gate.id)) return;
    planned.add(gate.id);
    gateConforms(gate, { input: item.input, world: () => worldBefore(plan, position) });
  });
}

describe("held to a prediction", () => {
  predictedPlan.items.forEach((item, position) => {
    const gate = item.type === "gate" ? gates.find((candidate) => candidate.id === item.id) : undefined;
    if (gate?.id === "preflight" || gate?.id === "database-truth")
      gateConforms(gate, { input: item.input, world: () => worldBefore(predictedPlan, position) });
  });
});

describe("the registry of gates", () => {
  it("has no gate that goes untried: each is in a sample plan, or brings its own test", () => {
    const untried = gates.filter(
      (gate) => !planned.has(gate.id) && !existsSync(join(repositoryRoot, "src/extensions/gates", gate.id, `${gate.id}.test.ts`)),
    );
    expect(untried.map((gate) => gate.id)).toEqual([]);
    expect(planned.size).toBeGreaterThan(2);
  });
});
