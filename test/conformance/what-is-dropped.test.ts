import { describe, expect, it } from "vitest";
import type { DatabaseMark } from "../../src/app/ports/tenant-database.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import type { FakeWorld } from "./fake-world.ts";
import { rehearsalPlan, stepOf, swapPlan, worldBefore } from "./sample-plans.ts";

/** Closed databases beside the live one, each with the deployment and the role on its mark. */
const beside: readonly (readonly [name: string, deployment: string, role: DatabaseMark["role"]])[] = [
  ["theirs_candidate", "D-2", "candidate"],
  ["theirs_copy", "D-2", "copy"],
  ["theirs_original", "D-2", "original"],
  ["theirs_abandoned", "D-2", "abandoned"],
  ["own_candidate", "D-1", "candidate"],
  ["own_copy", "D-1", "copy"],
  ["own_original", "D-1", "original"],
];

const dropping: readonly (readonly [id: string, plan: Plan, dropped: readonly string[]])[] = [
  ["settle", swapPlan, ["own_candidate", "own_copy", "own_original"]],
  ["discard-copy", rehearsalPlan, ["own_copy"]],
];

async function worldAt(plan: Plan, position: number): Promise<FakeWorld> {
  const world = await worldBefore(plan, position);
  for (const [name, deployment, role] of beside) {
    const mark = { environment: world.environment.name, deployment, epoch: 1, role };
    Object.assign(world.cluster.create(name, name), { allowsConnections: false, mark });
  }
  return world;
}

describe.each(dropping)("%s", (id, plan, dropped) => {
  const position = plan.items.findIndex((item) => item.id === id);
  const input = plan.items[position]?.input ?? null;
  const step = stepOf(id);

  it("drops what is its deployment's own and has ended, and nothing else", async () => {
    const world = await worldAt(plan, position);
    const output = (await step.apply(world.context(step.needs), input)) as { readonly dropped: readonly string[] };
    expect(output.dropped).toEqual(expect.arrayContaining([...dropped]));
    const gone = beside.map(([name]) => name).filter((name) => world.cluster.byName(name) === undefined);
    expect(gone).toEqual(dropped);
    expect([...world.filestore.trees.keys()]).toEqual([world.environment.database.name]);
  });

  it("leaves the live database alone, whatever its mark says", async () => {
    const world = await worldAt(plan, position);
    const live = world.cluster.byName(world.environment.database.name);
    if (live !== undefined) live.mark = { environment: world.environment.name, deployment: "D-1", epoch: 1, role: "copy" };
    await step.apply(world.context(step.needs), input);
    expect(world.cluster.byName(world.environment.database.name)?.oid).toBe(live?.oid);
  });
});
