import { beforeEach, describe, expect, it } from "vitest";
import type { Deployment } from "../../domain/rollout/deployment.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { newRelease, oldRelease } from "../../../test/conformance/sample-facts.ts";
import { SampleWorld, sampleYaml } from "../../../test/app/sample-world.ts";
import { showRehearsal } from "../queries/show-rehearsal.ts";
import { approveChange } from "./approve-change.ts";
import { runChange } from "./run-change.ts";
import { applyDeclarations } from "./apply-declarations.ts";
import { createChange } from "./create-change.ts";
import { planChange, type PlannedChange } from "./plan-change.ts";
import { rehearseChange } from "./rehearse-change.ts";

const anna = { name: "anna" };
const quiet = (): void => undefined;
const noRemovals = { tables: [], columns: [], records: [], modules: [] };
const day = 24 * 3_600_000;
let world: SampleWorld;

beforeEach(async () => {
  world = new SampleWorld();
  await world.addReleases(oldRelease, newRelease);
  await applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet);
  const change = { kind: "release", environment: "acme-production", release: newRelease.name, reason: "", agreedRemovals: noRemovals };
  await createChange.handler(world, anna, change, quiet);
});

const rehearse = (change = "C-1") => rehearseChange.handler(world, anna, { change, copy: "dump" }, quiet);
const plan = (): Promise<PlannedChange> => planChange.handler(world, anna, { change: "C-1" }, quiet);
const show = (change = "C-1") => showRehearsal.handler(world, anna, { change }, quiet);

const report = {
  report: newRelease.digest,
  difference: newRelease.digest,
  warnings: oldRelease.digest,
  observedClass: "K3",
  differences: {},
  warningsToRead: [],
  warningCount: 0,
  locks: [],
  peakMemoryBytes: 1,
  partsMs: { clone: 1_000, links: 100, reading: 500, update: 9_000, boot: 4_000 },
};

/** What the engine writes when a rehearsal runs, as far as its report. */
async function finish(deployment: Deployment, state: "settled" | "old-intact"): Promise<void> {
  const fence = { owner: "w1", epoch: (await world.store.claim(deployment.id, "w1", { epoch: 0, beat: 0, owner: null }, 0))?.epoch ?? 0 };
  const items: readonly (readonly [string, number, Json])[] = [
    ["update", 9_100, { durationMs: 9_000 }],
    ["examine", 3_000, null],
    ["report-rehearsal", 10, report],
  ];
  for (const [position, [item, ms, output]] of items.entries()) {
    await world.store.fenced(deployment.id, fence, async (tx) => {
      await tx.startItem({ position, item, type: "step" });
    });
    world.clock.advance(ms);
    await world.store.fenced(deployment.id, fence, async (tx) => {
      await tx.endItem(position, { state: "done", output });
      await tx.moveTo("running", { position: position + 1 });
    });
  }
  await world.store.fenced(deployment.id, fence, async (tx) => {
    if (state === "old-intact") await tx.moveTo("going-back", { reason: "Odoo's update failed" });
    await tx.moveTo(state, {});
  });
}

/** What the engine writes of a change whose users waited for one item. */
async function hold(deployment: Deployment, ms: number): Promise<void> {
  const fence = { owner: "w1", epoch: (await world.store.claim(deployment.id, "w1", { epoch: 0, beat: 0, owner: null }, 0))?.epoch ?? 0 };
  await world.store.fenced(deployment.id, fence, async (tx) => {
    await tx.holdStarted();
    await tx.startItem({ position: 0, item: "drain", type: "step" });
  });
  world.clock.advance(ms);
  await world.store.fenced(deployment.id, fence, async (tx) => {
    await tx.endItem(0, { state: "done", output: null });
    await tx.holdEnded();
    await tx.moveTo("running", { position: 1 });
    await tx.moveTo("settled", {});
  });
}

describe("rehearse", () => {
  it("creates, plans, approves and starts a change of its own, and leaves the other as it is", async () => {
    const { change, deployment } = await rehearse();
    expect(change).toMatchObject({
      id: "C-2",
      kind: "rehearsal",
      state: "running",
      spec: { rehearses: "C-1", copy: "dump", release: newRelease.name },
      approvedBy: "anna",
      deployment: deployment.id,
    });
    expect(await world.store.change("C-1")).toMatchObject({ state: "draft", planDigest: null });
    const types = (await world.store.events({ subject: "C-2", limit: 100 })).map((event) => event.type);
    expect(types).toEqual(["change.created", "change.planned", "change.approved", "change.started"]);
  });

  it("cancels one that can't begin, and says why; refuses to rehearse a rehearsal", async () => {
    world.connectError = new PlimsollError("DATABASE_UNREACHABLE", "No answer.");
    await expect(rehearse()).rejects.toMatchObject({ code: "DATABASE_UNREACHABLE" });
    expect(await world.store.change("C-2")).toMatchObject({ state: "cancelled" });
    await expect(rehearse("C-2")).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("needs no permission of a hold after a recovery", async () => {
    const hold = { since: world.clock.now(), deployment: "D-0", reason: "recovered", backgroundStopped: true };
    await world.store.transaction((tx) => tx.holdEnvironment("acme-production", hold));
    expect((await rehearse()).change.state).toBe("running");
  });
});

describe("a plan after a rehearsal", () => {
  it("rests on it: prediction from its parts, what database truth is held to, expiry", async () => {
    expect((await plan()).plan).toMatchObject({ rehearsal: null, predictedHoldMs: { basis: expect.stringContaining("guess") } });
    const { deployment } = await rehearse();
    await finish(deployment, "settled");
    const { plan: planned } = await plan();
    const at = (await show())?.rehearsal.at ?? "";
    expect(planned.rehearsal).toEqual({ deployment: deployment.id, at, expiresAt: new Date(Date.parse(at) + 7 * day).toISOString() });
    // By the record 9,100 update, 3,000 examine, and nothing between them; 1,000 clone, 500 reading, 4,000 boot; 100 links, twice;
    // 190 for what a rehearsal doesn't do.
    expect(planned.predictedHoldMs).toMatchObject({ value: 17_990, basis: expect.stringContaining(deployment.id) });
    expect(planned.predictedHoldMs.low).toBeLessThan(17_990);
    expect(planned.predictedHoldMs.high).toBeGreaterThan(17_990);
    const gate = planned.items.find((item) => item.id === "database-truth");
    expect(gate?.input).toMatchObject({
      rehearsal: { deployment: deployment.id, difference: report.difference, warnings: report.warnings },
    });
  });

  it("learns from earlier changes here how long they took, and by how much their predictions were off", async () => {
    await finish((await rehearse()).deployment, "settled");
    const { plan: first, digest } = await plan();
    await approveChange.handler(world, anna, { change: "C-1", digest }, quiet);
    await hold((await runChange.handler(world, anna, { change: "C-1" }, quiet)).deployment, 2 * first.predictedHoldMs.value);
    const change = { kind: "release", environment: "acme-production", release: newRelease.name, reason: "", agreedRemovals: noRemovals };
    const { id } = await createChange.handler(world, anna, change, quiet);
    const { plan: second } = await planChange.handler(world, anna, { change: id }, quiet);
    const { value } = second.predictedHoldMs;
    expect(value).toBe(first.predictedHoldMs.value - 20 + 2 * first.predictedHoldMs.value);
    expect(second.predictedHoldMs.high).toBe(2 * value);
  });

  it("counts neither one that failed, nor one of another ground, nor one that is too old", async () => {
    const failed = await rehearse();
    await finish(failed.deployment, "old-intact");
    expect((await plan()).plan.rehearsal).toBeNull();
    const { deployment } = await rehearse();
    await finish(deployment, "settled");
    expect((await plan()).plan.rehearsal?.deployment).toBe(deployment.id);
    world.answers.schema = "table res_partner r, column more";
    expect((await plan()).plan.rehearsal).toBeNull();
    world.answers.schema = "table res_partner r";
    world.clock.advance(7 * day - 1_000);
    expect((await plan()).plan.rehearsal?.deployment).toBe(deployment.id);
    world.clock.advance(1_001);
    expect((await plan()).plan.rehearsal).toBeNull();
    expect((await show())?.expired).toEqual(["it is older than 7 days"]);
  });

  it("asks for it at the start where the declaration wants it", async () => {
    expect((await plan()).plan.items.map((item) => item.id)).not.toContain("rehearsed");
    const wanted = sampleYaml.replace("  limits:", "  requires: [rehearsal]\n  limits:");
    await applyDeclarations.handler(world, anna, { documents: wanted, dryRun: false }, quiet);
    expect((await plan()).plan.items.slice(0, 3).map((item) => item.id)).toEqual(["claim", "rehearsed", "preflight"]);
  });

  it("is shown for the change and for itself; a change that was never rehearsed has none", async () => {
    expect(await show()).toBeNull();
    const { change } = await rehearse();
    expect(await show()).toMatchObject({ rehearsal: { change: { id: change.id } }, facts: null });
    expect(await show(change.id)).toMatchObject({ rehearsal: { change: { id: change.id } } });
  });
});
