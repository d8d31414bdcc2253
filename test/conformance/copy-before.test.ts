import { describe, expect, it } from "vitest";
import { anyGate } from "../../src/app/ports/any-step.ts";
import type { SmokeScenario } from "../../src/domain/fleet/smoke-scenario.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { applicationTruth } from "../../src/extensions/gates/application-truth/application-truth.ts";
import type { SmokeEvidence } from "../../src/odoo/probe/judge-smoke.ts";
import type { FakeWorld } from "./fake-world.ts";
import { newRelease, oldRelease } from "./sample-facts.ts";
import { rehearsalPlan, rehearsalSpec, sampleRehearsal, stepOf, swapPlan, worldBefore } from "./sample-plans.ts";
import { stepConforms } from "./step-suite.ts";

const kept = "acme_pl_d1_old";
const order: SmokeScenario = { name: "order", title: "Confirm an order", modules: ["base"], steps: [{ create: "sale.order", values: {} }] };
const position = rehearsalPlan.items.findIndex((item) => item.id === "examine");
const input = { ...(rehearsalPlan.items[position]?.input as Record<string, Json>), smoke: [order] as unknown as Json };

/** A rehearsal whose copy is updated, with releases that can or can't confirm an order. `asked`: who was, in what, and were its attachments there? */
async function worldOf(
  oldCan: boolean,
): Promise<{ readonly world: FakeWorld; readonly asked: (readonly [Digest | null, string, boolean])[] }> {
  const world = await worldBefore(rehearsalPlan, position);
  const asked: (readonly [Digest | null, string, boolean])[] = [];
  world.runtime.smokeReport = (release, given) => {
    const { scenarios, checks } = given as unknown as { scenarios: readonly SmokeScenario[]; checks: readonly string[] };
    const attachments = world.filestore.trees.get("acme_pl_d1_try") ?? new Set();
    asked.push([release, world.cluster.byName("acme_pl_d1_try")?.content ?? "", attachments.has("contract")]);
    const can = release === oldRelease.digest && oldCan;
    return {
      scenarios: scenarios.map(({ name }) => ({
        name,
        outcome: can ? "passed" : "failed",
        reason: can ? null : "UserError: no journal",
        step: 0,
        steps: 1,
        notes: [],
        durationMs: 1,
      })),
      checks: checks.map((id) => ({ id, outcome: "passed", seen: "done" })),
      pdf: "wkhtmltopdf",
      durationMs: 1,
      loadMs: 1,
      fatal: null,
    };
  };
  return { world, asked };
}

async function examined(world: FakeWorld): Promise<SmokeEvidence> {
  const step = stepOf("examine");
  const output = await step.apply(world.context(step.needs), input);
  world.outputs.set("examine", output);
  return (await world.evidenceStore.get((output as { smoke: Digest }).smoke)) as unknown as SmokeEvidence;
}

const copies = (world: FakeWorld): string[] =>
  [...world.cluster.databases.values()].flatMap(({ name, mark }) => (mark?.role === "copy" ? [name] : [])).sort();

stepConforms(stepOf("examine"), { input, world: async () => (await worldOf(false)).world });

describe("what a rehearsal keeps from before the update", () => {
  it.each(["dump", "template"] as const)(
    "is a closed template of the same content, whose making is the clone's time, by %s",
    async (copy) => {
      const plan = sampleRehearsal({ ...rehearsalSpec, copy });
      const world = await worldBefore(plan, plan.items.findIndex((item) => item.id === "copy-live") + 1);
      expect(world.cluster.byName(kept)).toMatchObject({
        content: world.original.content,
        allowsConnections: false,
        isTemplate: true,
        mark: { role: "copy", deployment: "D-1" },
      });
      expect(world.outputs.get("copy-live")).toMatchObject({ before: { name: kept, oid: world.cluster.byName(kept)?.oid } });
    },
  );

  it("is what the old release is asked on, on a copy of it, and stays closed and as it is", async () => {
    const { world, asked } = await worldOf(true);
    const updated = world.cluster.byName("acme_pl_d1")?.content ?? "";
    const smoke = await examined(world);
    expect(asked).toEqual([
      [newRelease.digest, `${updated} +business`, true],
      [oldRelease.digest, `${world.original.content} +business`, true],
    ]);
    expect(updated).not.toBe(world.original.content);
    expect(smoke.before).toMatchObject({ why: null, report: { scenarios: [{ name: "order", outcome: "passed" }] } });
    expect(world.cluster.byName(kept)).toMatchObject({ content: world.original.content, allowsConnections: false });
    expect(copies(world)).toEqual(["acme_pl_d1", kept]);
  });

  it.each([
    [false, "passed"],
    [true, "failed"],
  ] as const)("lets a rehearsal pass what the old release couldn't do either (it can: %s)", async (oldCan, outcome) => {
    const { world } = await worldOf(oldCan);
    await examined(world);
    const gate = anyGate(applicationTruth);
    const { rows } = await gate.evaluate(world.context(gate.needs), {});
    expect(rows.find((row) => row.id === "smoke-order")?.outcome).toBe(outcome);
  });

  it.each(["discard-copy", "claim", "settle"])("is gone with the rest of a rehearsal: %s", async (id) => {
    const { world } = await worldOf(true);
    await examined(world);
    world.takeOver();
    const step = stepOf(id);
    const cx = world.context(step.needs);
    if (id === "claim" && typeof step.undo === "function") await step.undo(cx, { database: "acme" });
    else if (id === "settle") await step.apply(cx, swapPlan.items.find((item) => item.id === "settle")?.input ?? null);
    else await step.apply(cx, { database: "acme" });
    expect([...world.cluster.databases.values()].map(({ name }) => name)).toEqual(["acme"]);
  });
});
