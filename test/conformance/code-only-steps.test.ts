import { describe, expect, it } from "vitest";
import type { ItemContext } from "../../src/app/ports/step.ts";
import type { PlanItem } from "../../src/domain/plan/plan.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { FakeWorld } from "./fake-world.ts";
import { codePlan, stepOf, worldBefore } from "./sample-plans.ts";

const environment = "acme-production";

/** A world in which a step of the code-only plan comes next, with its input. */
async function next(id: string): Promise<{ readonly world: FakeWorld; readonly cx: ItemContext; readonly input: Json }> {
  const position = codePlan.items.findIndex((item) => item.id === id);
  const world = await worldBefore(codePlan, position);
  const { input } = codePlan.items[position] as PlanItem;
  return { world, cx: world.context(stepOf(id).needs), input };
}

async function undo(id: string, cx: ItemContext, input: Json): Promise<void> {
  const undoing = stepOf(id).undo;
  if (typeof undoing !== "function") throw new Error(`${id} can't be taken back`);
  await undoing(cx, input);
}

async function processes(world: FakeWorld): Promise<Record<string, string>> {
  const all = await world.runtime.generations();
  return Object.fromEntries(all.map(({ generation, web, background }) => [generation.id, `${web}, crons ${background}`]));
}

describe("the steps of a code-only release", () => {
  it("start no new workers where Odoo would update the live database", async () => {
    const { world, cx, input } = await next("start-beside");
    world.cluster.answer = (_database, sql) => (sql.includes("base.partially_updated_database") ? [{ flag: true }] : []);
    await expect(stepOf("start-beside").apply(cx, input)).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await processes(world)).toEqual({ g1: "running, crons running" });
  });

  it("give new workers up that don't answer, with what was asked", async () => {
    const { world, cx, input } = await next("start-beside");
    world.runtime.healthy = false;
    await expect(stepOf("start-beside").apply(cx, input)).rejects.toMatchObject({ code: "ODOO_UNHEALTHY" });
    expect([...world.noted.keys()]).toEqual(["log-tail"]);
  });

  it("don't end workers that users are sent to", async () => {
    const { world } = await next("hand-over-background");
    const beside = codePlan.items.find((item) => item.id === "start-beside")?.input as Json;
    await expect(undo("start-beside", world.context(stepOf("start-beside").needs), beside)).rejects.toMatchObject({
      code: "STATE_UNEXPECTED",
      text: { liftedBy: "a person" },
    });
    expect(await processes(world)).toMatchObject({ "g-c-1": "running, crons stopped" });
  });

  it("move nobody to workers that stopped answering meanwhile", async () => {
    const { world, cx, input } = await next("switch-traffic");
    world.runtime.healthy = false;
    const before = await world.essence();
    await expect(stepOf("switch-traffic").apply(cx, input)).rejects.toMatchObject({ code: "ODOO_UNHEALTHY" });
    expect(await world.essence()).toEqual(before);
  });

  it("put the lag of versions on record, and hold nobody", async () => {
    const { cx, input } = await next("switch-traffic");
    const output = await stepOf("switch-traffic").apply(cx, input);
    expect(output).toMatchObject({
      serving: {
        generation: "g-c-1",
        release: codePlan.to.digest,
        lag: [{ module: "acme_project", database: "19.0.1.0.0", code: "19.0.1.1.0" }],
      },
    });
    expect(output).not.toHaveProperty("hold");
  });

  it("never run the crons of both, and kill none", async () => {
    const { world, cx, input } = await next("hand-over-background");
    world.runtime.backgroundBusy = true;
    await expect(stepOf("hand-over-background").apply(cx, input)).rejects.toMatchObject({ code: "DRAIN_OVER_BOUND" });
    expect(await processes(world)).toEqual({ g1: "running, crons running", "g-c-1": "running, crons stopped" });
    world.runtime.backgroundBusy = false;
    await stepOf("hand-over-background").apply(cx, input);
    world.runtime.backgroundBusy = true;
    await expect(undo("hand-over-background", cx, input)).rejects.toMatchObject({ code: "DRAIN_OVER_BOUND" });
    expect(await processes(world)).toEqual({ g1: "running, crons stopped", "g-c-1": "running, crons running" });
  });

  it("wait for the last answer of old workers before they end them, and cut none off", async () => {
    const { world, cx, input } = await next("retire-workers");
    const status = world.gateway.status.bind(world.gateway);
    const asked = { times: 0, answeredAfter: Number.POSITIVE_INFINITY };
    world.gateway.status = async (name) => {
      asked.times += 1;
      const seen = await status(name);
      if (seen === null) return null;
      const inFlight = asked.times > asked.answeredAfter ? 0 : 1;
      return { ...seen, traffic: seen.traffic.map((one, index) => (index === 0 ? one : { ...one, inFlight })) };
    };
    await expect(stepOf("retire-workers").apply(cx, input)).rejects.toMatchObject({ code: "DRAIN_OVER_BOUND" });
    expect(await processes(world)).toMatchObject({ g1: "running, crons stopped" });
    asked.answeredAfter = asked.times + 5;
    await stepOf("retire-workers").apply(cx, input);
    expect(asked.times).toBeGreaterThan(asked.answeredAfter);
    expect(await processes(world)).toMatchObject({ g1: "stopped, crons stopped" });
  });

  it("wait likewise for new workers that nobody is sent to any more, on the way back", async () => {
    const { world, cx, input } = await next("switch-traffic");
    await stepOf("switch-traffic").apply(cx, input);
    world.gateway.answered(environment, { inFlight: 1 });
    await undo("switch-traffic", cx, input);
    const beside = codePlan.items.find((item) => item.id === "start-beside")?.input as Json;
    const besideContext = world.context(stepOf("start-beside").needs);
    await expect(undo("start-beside", besideContext, beside)).rejects.toMatchObject({ code: "DRAIN_OVER_BOUND" });
    expect(await processes(world)).toMatchObject({ "g-c-1": "running, crons stopped" });
  });

  it("don't end old workers while users are still sent to them", async () => {
    const { world, cx, input } = await next("retire-workers");
    const back = codePlan.items.find((item) => item.id === "switch-traffic") as PlanItem;
    await undo("switch-traffic", world.context(stepOf("switch-traffic").needs), back.input);
    await expect(stepOf("retire-workers").apply(cx, input)).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await processes(world)).toMatchObject({ g1: "running, crons stopped" });
  });

  it("wait for the horizon from the moment of the switch", async () => {
    const { world, cx, input } = await next("settle");
    const { switchedAt } = world.outputs.get("switch-traffic") as { switchedAt: string };
    expect(stepOf("settle").notBefore?.(cx, input)).toBe(new Date(Date.parse(switchedAt) + 24 * 3_600_000).toISOString());
    expect(await stepOf("settle").apply(cx, input)).toEqual({ dropped: [] });
  });
});
