import { describe, expect, it } from "vitest";
import type { LossReceipt, Outbox } from "../../src/domain/recovery/loss-receipt.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import type { FakeWorld } from "./fake-world.ts";
import { oldRelease, sampleBase } from "./sample-facts.ts";
import { stepOf, swapPlan, worldInRecovery } from "./sample-plans.ts";
import { expectNothingLost } from "./step-suite.ts";

const items = swapPlan.recovery.items ?? [];
const reopens = items.findIndex((item) => item.id === "reopen");
const position = (id: string): number => items.findIndex((item) => item.id === id);

function inputOf(id: string): Json {
  return items[position(id)]?.input ?? null;
}

async function apply(
  world: FakeWorld,
  id: string,
  recovery?: { readonly receipt: Digest | null; readonly automatic: boolean },
): Promise<Json> {
  const step = stepOf(id);
  const cx = world.context(step.needs);
  const output = await step.apply(recovery === undefined ? cx : { ...cx, recovery }, inputOf(id));
  world.outputs.set(id, output);
  return output;
}

async function undo(world: FakeWorld, id: string): Promise<void> {
  const step = stepOf(id);
  if (typeof step.undo === "function") await step.undo(world.context(step.needs), inputOf(id));
}

/** The database answers a loss receipt's questions: so many records were created, and a mail of the old outbox has left. */
function losing(world: FakeWorld, created: number, mail: "sent" | "outgoing" = "outgoing"): void {
  world.cluster.answer = (_database, sql) => {
    if (sql.includes('AS "nameIsJson"'))
      return [
        {
          table: "sale_order",
          model: "sale.order",
          label: null,
          changes: true,
          nameColumn: "name",
          nameIsJson: false,
          kindColumn: null,
          estimate: 1,
        },
      ];
    if (sql.includes("AS fresh"))
      return created === 0 ? [] : [{ table: "sale_order", kind: null, created, changed: 0, examples: ["S00042"] }];
    if (sql.includes("AS relation") && !sql.includes("nameIsJson")) return [{ relation: "sale_order" }];
    if (sql.includes("to_regclass")) return ["id", "create_date", "state", "email_to", "mail_message_id"].map((name) => ({ name }));
    if (sql.includes("to_jsonb(t) -"))
      return Array.from({ length: created }, (_, at) => ({ id: at + 1, row: { id: at + 1, name: `S${at}` } }));
    if (sql.includes("FROM mail_mail WHERE id = ANY")) return [{ id: 7, state: mail }];
    return [];
  };
}

async function withOutbox(world: FakeWorld): Promise<void> {
  const outbox: Outbox = {
    formatVersion: 1,
    entries: [{ kind: "mail", id: 7, what: "Invoice to a@b.example", lastRun: null }],
    leftOut: 0,
  };
  const digest = await world.evidenceStore.put(outbox as unknown as Json);
  world.outputs.set("checkpoint", { ...(world.outputs.get("checkpoint") as object), outbox: digest });
}

async function receiptIn(world: FakeWorld, output: Json): Promise<LossReceipt> {
  return (await world.evidenceStore.get((output as { receipt: Digest }).receipt)) as unknown as LossReceipt;
}

describe("a recovery by swapping back", () => {
  it("ends with users on the untouched original and the old code, the new database closed, nothing of the old release lost", async () => {
    const world = await worldInRecovery(swapPlan, items.length - 1);
    const live = world.cluster.byName("acme");
    expect(live).toMatchObject({ oid: world.original.oid, content: "everything that users wrote", allowsConnections: true });
    expect(live?.mark).toMatchObject({ role: "live", deployment: "D-1", epoch: 1 });
    const abandoned = [...world.cluster.databases.values()].filter(({ oid }) => oid !== world.original.oid);
    expect(abandoned).toMatchObject([{ name: "acme_pl_d1", allowsConnections: false, mark: { role: "abandoned" } }]);
    const old = (await world.runtime.generations()).find(({ generation }) => generation.id === "g1");
    expect((await world.gateway.status("acme-production"))?.route).toMatchObject({
      mode: "pass",
      upstream: { webPort: old?.generation.webPort },
    });
    expect(await processes(world)).toEqual(["g1 web running, background running"]);
    expect(world.outputs.get("reopen")).toMatchObject({
      serving: { release: oldRelease.digest, generation: "g1", baseDigest: sampleBase.digest, lag: [] },
    });
    expectNothingLost(world);
  });

  it("has every attachment again that the new release's vacuum removed, and adds only", async () => {
    const world = await worldInRecovery(swapPlan, position("swap-back"));
    world.filestore.trees.get("acme")?.delete("invoice");
    world.filestore.trees.get("acme")?.add("made since");
    await apply(world, "swap-back");
    expect(world.liveTree()).toEqual(expect.arrayContaining(["invoice", "contract", "logo", "made since"]));
  });

  it("finds the original by its OID and comment, whatever somebody called it; without them users stay on the new release", async () => {
    const world = await worldInRecovery(swapPlan, position("swap-back"));
    world.original.name = "put_aside";
    await apply(world, "swap-back");
    expect(world.cluster.byName("acme")?.oid).toBe(world.original.oid);
    const other = await worldInRecovery(swapPlan, position("swap-back"));
    other.original.mark = null;
    await expect(apply(other, "swap-back")).rejects.toMatchObject({ retry: "person" });
    for (const item of items.slice(0, position("swap-back") + 1).toReversed()) await undo(other, item.id);
    expect(await other.isHolding()).toBe(false);
    expect(other.cluster.byName("acme")).toMatchObject({ allowsConnections: true, mark: { role: "live" } });
    expect(other.cluster.byName("acme")?.oid).not.toBe(other.original.oid);
  });

  it("keeps the abandoned database for the horizon, then drops it with its tree", async () => {
    const world = await worldInRecovery(swapPlan, items.length - 1);
    const settle = stepOf("settle");
    const { reopenedAt } = world.outputs.get("reopen") as { reopenedAt: string };
    const horizonMs = (inputOf("settle") as { horizonMs: number }).horizonMs;
    expect(settle.notBefore?.(world.context(settle.needs), inputOf("settle"))).toBe(
      new Date(Date.parse(reopenedAt) + horizonMs).toISOString(),
    );
    expect(await apply(world, "settle")).toEqual({ dropped: ["acme_pl_d1"] });
    expect([...world.cluster.databases.values()].map(({ name }) => name)).toEqual(["acme"]);
    expect([...world.filestore.trees.keys()]).toEqual(["acme"]);
  });

  it.each(items.slice(0, reopens).map((item, at) => [at + 1, item.id] as const))(
    "taken back after %i items, the last being %s, leaves users on the new release",
    async (count) => {
      const before = await (await worldInRecovery(swapPlan, 0)).seenByUsers();
      const world = await worldInRecovery(swapPlan, count);
      world.takeOver();
      for (const item of items.slice(0, count).toReversed()) await undo(world, item.id);
      expect(await world.seenByUsers()).toEqual(before);
      expectNothingLost(world);
    },
  );
});

describe("the loss receipt of a recovery", () => {
  const at = position("loss-receipt");

  it("is in the evidence store with the rows themselves", async () => {
    const world = await worldInRecovery(swapPlan, at);
    losing(world, 3);
    const output = await apply(world, "loss-receipt");
    expect(output).toMatchObject({ repeats: 0 });
    const receipt = await receiptIn(world, output);
    expect(receipt).toMatchObject({ environment: "acme-production", deployment: "D-1", database: "acme" });
    expect(receipt.lines).toMatchObject([{ words: "3 sales orders", created: 3, examples: ["S00042"] }]);
    expect(receipt.export === null ? null : await world.evidenceStore.get(receipt.export)).toMatchObject({
      models: { "sale.order": [{ name: "S0" }, { name: "S1" }, { name: "S2" }] },
      leftOut: {},
    });
  });

  it.each([
    [10, 20, true],
    [10, 21, false],
    [100, 120, true],
    [100, 121, false],
  ])("agreed at %i records, now %i: goes on %s", async (agreed, now, goesOn) => {
    const world = await worldInRecovery(swapPlan, at);
    losing(world, agreed);
    const { receipt } = (await apply(world, "loss-receipt")) as { receipt: Digest };
    losing(world, now);
    const error = await apply(world, "loss-receipt", { receipt, automatic: false }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (goesOn) return expect(error).toBeNull();
    expect(error).toBeInstanceOf(PlimsollError);
    expect(error).toMatchObject({ code: "LOSS_GREW", retry: "terminal", text: { fix: expect.stringContaining("change receipt C-1") } });
    // The receipt that nobody agreed to yet is kept, to be read.
    expect((error as PlimsollError).text.facts?.["receipt"]).not.toBe(receipt);
    await world.evidenceStore.get((error as PlimsollError).text.facts?.["receipt"] as Digest);
  });

  it("that can't be counted takes nothing back, not even by policy, and says so", async () => {
    const before = await (await worldInRecovery(swapPlan, 0)).seenByUsers();
    const world = await worldInRecovery(swapPlan, at);
    world.cluster.answer = () => {
      throw new PlimsollError("DATABASE_UNREACHABLE", "The database server doesn't answer.");
    };
    await expect(apply(world, "loss-receipt", { receipt: null, automatic: true })).rejects.toMatchObject({
      code: "DATABASE_UNREACHABLE",
      message: expect.stringMatching(/can't be counted.*doesn't answer/),
    });
    for (const item of items.slice(0, at + 1).toReversed()) await undo(world, item.id);
    expect(await world.seenByUsers()).toEqual(before);
  });

  it("lets policy go on whatever the first minutes brought", async () => {
    const world = await worldInRecovery(swapPlan, at);
    losing(world, 500);
    expect(await apply(world, "loss-receipt", { receipt: null, automatic: true })).toMatchObject({
      sentence: expect.stringContaining("500"),
    });
  });
});

describe("background work after a recovery", () => {
  it("stays stopped while something would leave twice", async () => {
    const world = await worldInRecovery(swapPlan, position("loss-receipt"));
    await withOutbox(world);
    losing(world, 1, "sent");
    const output = await apply(world, "loss-receipt");
    expect(output).toMatchObject({ repeats: 1 });
    expect((await receiptIn(world, output)).repeats).toEqual([{ kind: "mail", id: 7, what: "Invoice to a@b.example" }]);
    for (const id of ["fence", "swap-back", "reopen"]) await apply(world, id);
    expect(await apply(world, "restart-background")).toEqual({ backgroundStopped: true });
    expect(await processes(world)).toEqual(["g1 web running, background stopped"]);
  });

  it("stays as it is where nothing counted what would leave twice", async () => {
    for (const decided of [false, true]) {
      const world = await worldInRecovery(swapPlan, position("restart-background"));
      world.outputs.delete("loss-receipt");
      const old = await world.runtime.prepare("g1", oldRelease.digest, "acme");
      if (decided) await world.runtime.startBackground(old, 1);
      expect(await apply(world, "restart-background")).toEqual({ backgroundStopped: !decided });
      expect(await processes(world)).toEqual([`g1 web running, background ${decided ? "running" : "stopped"}`]);
    }
  });

  it("starts when all of it still waits", async () => {
    const world = await worldInRecovery(swapPlan, position("loss-receipt"));
    await withOutbox(world);
    losing(world, 1, "outgoing");
    for (const id of ["loss-receipt", "fence", "swap-back", "reopen"]) await apply(world, id);
    expect(await apply(world, "restart-background")).toEqual({ backgroundStopped: false });
    expect(await processes(world)).toEqual(["g1 web running, background running"]);
  });

  it("isn't started by a way back when the new release's hadn't been started yet", async () => {
    for (const known of [true, false]) {
      const world = await worldInRecovery(swapPlan, 0);
      // As before the watch over the new release has ended.
      world.outputs.delete("resume-background");
      const generation = await world.runtime.prepare("g-c-1", swapPlan.to.digest, "acme");
      await world.runtime.stopBackground(generation, 1, 1_000, new AbortController().signal);
      const before = await world.seenByUsers();
      const output = await apply(world, "stop-background");
      expect(output).toMatchObject({ wasRunning: false });
      // A worker that died in it leaves no output, but for that of the plan's own step for the old generation.
      if (!known) world.outputs.set("stop-background", { stopped: true, generation: "g1", wasRunning: true });
      await undo(world, "stop-background");
      expect(await world.seenByUsers()).toEqual(before);
    }
  });
});

async function processes(world: FakeWorld): Promise<Json> {
  return ((await world.essence()) as { readonly processes: Json }).processes;
}
