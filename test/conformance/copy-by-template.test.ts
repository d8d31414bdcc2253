import { describe, expect, it } from "vitest";
import { rehearsalSpec, sampleRehearsal, stepOf, worldBefore } from "./sample-plans.ts";
import { stepConforms } from "./step-suite.ts";

const plan = sampleRehearsal({ ...rehearsalSpec, copy: "template" });
const position = plan.items.findIndex((item) => item.id === "copy-live");
const input = plan.items[position]?.input ?? null;

// The other way to make a copy; by dump it is tried with the other steps.
stepConforms(stepOf("copy-live"), { input, world: () => worldBefore(plan, position) });

describe("a copy by template", () => {
  it("lets users on when a request doesn't end in time, and copies nothing", async () => {
    const world = await worldBefore(plan, position);
    const before = await world.essence();
    world.gateway.inFlight = 1;
    const step = stepOf("copy-live");
    await expect(step.apply(world.context(step.needs), input)).rejects.toMatchObject({ code: "DRAIN_OVER_BOUND" });
    expect(await world.essence()).toEqual(before);
    expect(await world.isHolding()).toBe(false);
  });

  it("refuses a copy that can't be made harmless, and nobody can enter it", async () => {
    const world = await worldBefore(plan, position);
    const harmless = world.cluster.answer;
    world.cluster.answer = (database, sql, parameters) =>
      sql.includes("FROM ir_cron WHERE") ? [{ n: 2 }] : harmless(database, sql, parameters);
    const step = stepOf("copy-live");
    await expect(step.apply(world.context(step.needs), input)).rejects.toThrow(/Active scheduled actions: 2/);
    expect(world.openClones()).toEqual([]);
    expect(await world.isHolding()).toBe(false);
  });
});
