import { describe, expect, it } from "vitest";
import type { FakeWorld } from "./fake-world.ts";
import type { FakeDatabase } from "./fakes/fake-cluster.ts";
import type { PlanItem } from "../../src/domain/plan/plan.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import { stepOf, swapPlan, worldBefore, worldInRecovery } from "./sample-plans.ts";
import { expectNothingLost } from "./step-suite.ts";

/** Plimsoll's own database was restored: the plan's own items are asked about, or taken back, in a world that is further. */

const steps = swapPlan.items.filter((item) => item.type === "step");
const before = steps.filter((item) => item.id !== "resume-background" && item.id !== "settle");
const recovery = swapPlan.recovery.items ?? [];
const lettingIn = recovery.findIndex((item) => item.id === "reopen");
const item = (id: string): PlanItem => swapPlan.items.find((one) => one.id === id) as PlanItem;

/** What users wrote on the new release is in this one. */
function written(world: FakeWorld): FakeDatabase {
  const found = [...world.cluster.databases.values()].find(({ content }) => content.includes("written since"));
  if (found === undefined) throw new Error("what users wrote on the new release is gone");
  return found;
}

/** Users have written on the new release; so many items of the recovery have run; the record ends after so many of the plan's steps. */
async function setBack(taken: number, known: number): Promise<FakeWorld> {
  const world = await worldInRecovery(swapPlan, 0);
  const live = world.cluster.byName("acme");
  if (live !== undefined) live.content += " +written since";
  for (const one of recovery.slice(0, taken)) {
    const step = stepOf(one.id);
    world.outputs.set(one.id, await step.apply(world.context(step.needs), one.input));
  }
  world.recovery = null;
  for (const id of world.outputs.keys()) if (!steps.slice(0, known).some((one) => one.id === id)) world.outputs.delete(id);
  world.takeOver();
  return world;
}

async function tried(work: () => Promise<unknown>): Promise<PlimsollError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof PlimsollError ? error : new PlimsollError("STATE_UNEXPECTED", String(error));
  }
}

const observed = (world: FakeWorld, id: string) => stepOf(id).observe(world.context(stepOf(id).needs), item(id).input);

/** As the engine does it: last first, and nothing more after the first that can't. */
async function goBack(world: FakeWorld, positions: readonly PlanItem[]): Promise<PlimsollError | null> {
  for (const one of positions.toReversed()) {
    const { undo, needs } = stepOf(one.id);
    const trouble = typeof undo === "function" ? await tried(() => undo(world.context(needs), one.input)) : null;
    if (trouble !== null) return trouble;
  }
  return null;
}

describe("a record from before users were let in, where they were taken back since", () => {
  const counts = before.map((_one, at) => at);

  it.each(counts)("stands still before anything is taken back: %i steps on record", async (known) => {
    const world = await setBack(recovery.length - 1, known);
    expect(await observed(world, "reopen")).toMatchObject({ state: "partly", what: expect.stringContaining("acme_pl_d1") });
    const all = await world.everything();
    expect(await goBack(world, before)).toMatchObject({ retry: "person", message: expect.stringContaining("taken back") });
    expect(await world.everything()).toEqual({ ...(all as object), holders: expect.anything() });
  });

  it.each(before.map(({ id }, at) => [id, at] as const))(
    "never loses what users wrote by going back, however the record ends: from %s",
    async (_id, known) => {
      const world = await setBack(recovery.length - 1, known + 1);
      const trouble = await goBack(world, before.slice(0, known + 1));
      expect(trouble).toMatchObject({ code: "STATE_UNEXPECTED" });
      expect(written(world)).toMatchObject({ name: "acme_pl_d1", allowsConnections: false, mark: { role: "abandoned" } });
      expect(world.cluster.byName("acme")?.oid).toBe(world.original.oid);
      expect(world.filestore.trees.has("acme_pl_d1")).toBe(true);
      expectNothingLost(world);
    },
  );

  it.each(steps.map(({ id }, at) => [id, at] as const))("nor by going forward: %s", async (id, known) => {
    const world = await setBack(recovery.length - 1, known);
    const step = stepOf(id);
    await tried(() => step.apply(world.context(step.needs), item(id).input));
    expect(written(world)).toMatchObject({ name: "acme_pl_d1", mark: { role: "abandoned" } });
    expect(world.cluster.byName("acme")?.oid).toBe(world.original.oid);
    expectNothingLost(world);
  });

  it("that was still queued doesn't begin again", async () => {
    const world = await setBack(recovery.length - 1, 0);
    const { apply, needs } = stepOf("claim");
    const refusal = await tried(() => apply(world.context(needs), item("claim").input));
    expect(refusal).toMatchObject({ retry: "person", text: { liftedBy: "a person", facts: { database: "acme_pl_d1" } } });
  });
});

describe("a record from before users were let in, where a recovery was interrupted since", () => {
  it.each(recovery.slice(0, lettingIn + 1).map((one, at) => [at, one.id] as const))(
    "%i items of it had run, %s was next: what users wrote stays, and nobody comes to the old code with the new database",
    async (taken) => {
      const world = await setBack(taken, before.length);
      world.outputs.delete("reopen");
      const seen = await observed(world, "reopen");
      // Until the recovery holds users they are on the new release, and the only way is forward.
      expect(seen.state).toBe(taken < 2 ? "done" : "partly");
      const route = (await world.gateway.status("acme-production"))?.route;
      expect(await goBack(world, before)).toMatchObject({ retry: "person" });
      expect((await world.gateway.status("acme-production"))?.route).toEqual(route);
      expect(["live", "abandoned"]).toContain(written(world).mark?.role);
      expectNothingLost(world);
    },
  );
});

describe("a record from before users were let in, where they are on the new release", () => {
  it("that was still queued doesn't begin again, and doesn't end as if nothing had been", async () => {
    const world = await setBack(0, 0);
    const { apply, undo, needs } = stepOf("claim");
    expect(await tried(() => apply(world.context(needs), item("claim").input))).toMatchObject({ retry: "person" });
    expect(await tried(async () => typeof undo === "function" && undo(world.context(needs), item("claim").input))).toMatchObject({
      text: { facts: { database: "acme_pl_d1_was", role: "original" } },
    });
    expectNothingLost(world);
  });
});

describe("the end of a hold horizon", () => {
  it("of the plan drops nothing where users were taken back", async () => {
    const world = await setBack(recovery.length - 1, steps.length - 1);
    const { apply, needs } = stepOf("settle");
    expect(await tried(() => apply(world.context(needs), item("settle").input))).toMatchObject({ retry: "person" });
    expect(written(world).mark?.role).toBe("abandoned");
  });

  it("of a recovery drops nothing where the original is kept beside what is live", async () => {
    const world = await worldInRecovery(swapPlan, 0);
    const { apply, needs } = stepOf("settle");
    expect(await tried(() => apply(world.context(needs), recovery.at(-1)?.input ?? null))).toMatchObject({ retry: "person" });
    expectNothingLost(world);
  });
});

describe("a clone that was swapped in and taken back before anybody was let in", () => {
  it("is dropped with the rest", async () => {
    const reopens = swapPlan.items.findIndex(({ id }) => id === "reopen");
    const world = await worldBefore(swapPlan, reopens);
    const done = swapPlan.items.slice(0, reopens).filter(({ type }) => type === "step");
    expect(await goBack(world, done)).toBeNull();
    expect([...world.cluster.databases.values()].map(({ oid }) => oid)).toEqual([world.original.oid]);
    expect([...world.filestore.trees.keys()]).toEqual(["acme"]);
  });
});
