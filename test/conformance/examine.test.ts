import { describe, expect, it } from "vitest";
import type { SmokeScenario } from "../../src/domain/fleet/smoke-scenario.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { applicationTruth } from "../../src/extensions/gates/application-truth/application-truth.ts";
import { examine } from "../../src/extensions/steps/examine/examine.ts";
import { anyGate, anyStep } from "../../src/app/ports/any-step.ts";
import type { SmokeEvidence } from "../../src/odoo/probe/judge-smoke.ts";
import type { FakeWorld } from "./fake-world.ts";
import { swapPlan, worldBefore } from "./sample-plans.ts";
import { newRelease, oldRelease } from "./sample-facts.ts";
import { stepConforms } from "./step-suite.ts";

const scenarios: readonly SmokeScenario[] = [
  { name: "partner", title: "Create a contact", modules: ["base"], steps: [{ create: "res.partner", values: { name: "A" } }] },
  { name: "order", title: "Confirm an order", modules: ["sale"], steps: [{ create: "sale.order", values: {} }] },
];
const position = swapPlan.items.findIndex((item) => item.id === "examine");
const input = { ...(swapPlan.items[position]?.input as Record<string, Json>), smoke: scenarios as unknown as Json };
const tables = ["ir_cron", "ir_mail_server", "ir_act_server"];

type Outcome = "passed" | "failed" | "not-applicable";

/** A world whose copies can be made harmless and counted. `outcomes`: how a scenario ends, by release and name. */
async function worldOf(outcomes: (release: string | null, name: string) => Outcome = () => "passed", activeCrons = 0): Promise<FakeWorld> {
  const world = await worldBefore(swapPlan, position);
  world.cluster.answer = (_database, sql) => {
    if (sql.includes("relname = ANY")) return tables.map((name) => ({ name }));
    if (sql.includes("FROM ir_module_module")) return [{ name: "base", version: "19.0.1.3", state: "installed", imported: false }];
    if (sql.includes("FROM ir_cron WHERE active")) return [{ n: activeCrons }];
    return sql.includes("count(*) AS n") ? [{ n: 0 }] : [];
  };
  world.runtime.smokeReport = (release, given) => {
    const { scenarios: asked, checks } = given as unknown as { scenarios: readonly SmokeScenario[]; checks: readonly string[] };
    return {
      scenarios: asked.map(({ name }) => {
        const outcome = outcomes(release, name);
        return { name, outcome, reason: outcome === "passed" ? null : "UserError: no", step: 0, steps: 1, notes: [], durationMs: 1 };
      }),
      checks: checks.map((id) => ({ id, outcome: "passed", seen: "done" })),
      pdf: "wkhtmltopdf",
      durationMs: 1,
      loadMs: 1,
      fatal: null,
    };
  };
  return world;
}

async function evidenceOf(world: FakeWorld): Promise<{ readonly output: Json; readonly smoke: SmokeEvidence }> {
  const step = anyStep(examine);
  const output = await step.apply(world.context(step.needs), input);
  world.outputs.set("examine", output);
  const { smoke } = output as unknown as { smoke: `sha256:${string}` };
  return { output, smoke: (await world.evidenceStore.get(smoke)) as unknown as SmokeEvidence };
}

const names = (world: FakeWorld): string[] => [...world.cluster.databases.values()].map((database) => database.name).sort();

stepConforms(anyStep(examine), { input, world: () => worldOf((release) => (release === newRelease.digest ? "failed" : "passed")) });

describe("examine with business smoke", () => {
  it("does business on a copy, never on the candidate, and throws the copy away with its files", async () => {
    const world = await worldOf();
    const [candidate] = names(world).filter((name) => name !== "acme");
    const before = world.cluster.byName(candidate ?? "")?.content;
    const { smoke } = await evidenceOf(world);
    expect(smoke.copy.dangers).toEqual([]);
    expect(smoke.before).toBeNull();
    expect(world.cluster.byName(candidate ?? "")).toMatchObject({ content: before, allowsConnections: true });
    expect(names(world)).toEqual(["acme", candidate]);
    expect([...world.filestore.trees.keys()].sort()).toEqual(["acme", candidate]);
    expect([...(world.filestore.trees.get(candidate ?? "") ?? [])]).not.toContain("printed-invoice");
  });

  it("lets nothing into a copy that could still speak, or of which a module's part is unknown", async () => {
    for (const world of [await worldOf(undefined, 2), await worldOf().then((made) => Object.assign(made, { unknown: true }))]) {
      if ("unknown" in world) world.runtime.withoutCode = ["base"];
      world.runtime.smokeReport = () => {
        throw new Error("something was let in");
      };
      const { smoke } = await evidenceOf(world);
      expect(smoke.report).toBeNull();
      expect(smoke.copy.dangers.join()).toMatch(/Active scheduled actions: 2, expected 0|have no code: base/);
      expect(names(world)).toHaveLength(2);
      const gate = anyGate(applicationTruth);
      expect((await gate.evaluate(world.context(gate.needs), {})).kind).not.toBe("passed");
    }
  });

  it("fails when business can't be tried, and closes the open copy on the way back", async () => {
    const world = await worldOf();
    world.runtime.smokeReport = () => {
      throw new Error("the run could not be started");
    };
    const step = anyStep(examine);
    await expect(step.apply(world.context(step.needs), input)).rejects.toThrow("could not be started");
    expect(world.openClones()).toContain("acme_pl_d1_try");
    if (typeof step.undo === "function") await step.undo(world.context(step.needs), input);
    expect(world.openClones()).not.toContain("acme_pl_d1_try");
  });

  it("asks the old release only about what failed, on a copy of the closed original, which stays as it is", async () => {
    const asked: (readonly [string | null, string])[] = [];
    const world = await worldOf((release, name) => {
      asked.push([release, name]);
      return name === "order" ? "failed" : "passed";
    });
    const { smoke } = await evidenceOf(world);
    expect(asked).toEqual([
      [newRelease.digest, "partner"],
      [newRelease.digest, "order"],
      [oldRelease.digest, "order"],
    ]);
    expect(smoke.before).toMatchObject({ why: null, report: { scenarios: [{ name: "order", outcome: "failed" }] } });
    expect(world.original).toMatchObject({ content: "everything that users wrote", allowsConnections: false });
    expect(names(world)).toHaveLength(2);
  });

  it("has no old release to ask where the live database was never closed, so that every failure counts", async () => {
    const world = await worldOf(() => "failed");
    world.outputs.delete("checkpoint");
    world.outputs.set("copy-live", {});
    const { smoke } = await evidenceOf(world);
    expect(smoke.before).toEqual({ report: null, why: expect.stringContaining("neither a closed original") });
  });

  it("doesn't touch the candidate's copy business when the update failed", async () => {
    const world = await worldOf();
    world.outputs.set("update", { ...(world.outputs.get("update") as Record<string, Json>), exitCode: 1 });
    const step = anyStep(examine);
    expect(await step.apply(world.context(step.needs), input)).toMatchObject({ probe: null });
    expect(names(world)).toHaveLength(2);
  });

  it("runs without it as plans of earlier versions say", async () => {
    const world = await worldOf();
    const { smoke: _, ...before } = input;
    const step = anyStep(examine);
    expect(Object.keys((await step.apply(world.context(step.needs), before)) as object).sort()).toEqual(["probe", "snapshot", "truth"]);
  });

  it("says in the plan what will be tried", () => {
    expect(examine.describe(input as never)).toMatch(/create a contact; confirm an order/);
    const plan: Plan = swapPlan;
    expect(plan.items.some((item) => item.id === "examine")).toBe(true);
  });
});
