import { beforeEach, describe, expect, it } from "vitest";
import type { LossReceipt } from "../../domain/recovery/loss-receipt.ts";
import type { DeploymentState } from "../../domain/rollout/deployment.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { newRelease, oldRelease } from "../../../test/conformance/sample-facts.ts";
import { expectRefused } from "../../../test/conformance/refusal.ts";
import { SampleWorld, sampleYaml } from "../../../test/app/sample-world.ts";
import { applyDeclarations } from "../commands/apply-declarations.ts";
import { approveChange } from "../commands/approve-change.ts";
import { createChange } from "../commands/create-change.ts";
import { planChange } from "../commands/plan-change.ts";
import { recoverChange } from "../commands/recover-change.ts";
import { runChange } from "../commands/run-change.ts";
import { findEnvironment, findPlan } from "../find.ts";
import { settleRepeats, type OutboxChoice } from "../settle-repeats.ts";
import { measureLoss, type MeasuredLoss } from "./measure-loss.ts";

const anna = { name: "anna" };
const quiet = (): void => undefined;
let world: SampleWorld;

beforeEach(async () => {
  world = new SampleWorld();
  await world.addReleases(oldRelease, newRelease);
  await applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet);
  await createChange.handler(
    world,
    anna,
    {
      kind: "release",
      environment: "acme-production",
      release: newRelease.name,
      reason: "",
      agreedRemovals: { tables: [], columns: [], records: [], modules: [] },
    },
    quiet,
  );
});

const measure = (rows = false): Promise<MeasuredLoss> => measureLoss.handler(world, anna, { change: "C-1", rows }, quiet);

async function begin(): Promise<void> {
  const { digest } = await planChange.handler(world, anna, { change: "C-1" }, quiet);
  await approveChange.handler(world, anna, { change: "C-1", digest }, quiet);
  await runChange.handler(world, anna, { change: "C-1" }, quiet);
}

/** Puts steps on record as done, at their positions in the plan or its recovery, and leaves the deployment in a state. */
async function done(
  steps: readonly (readonly [id: string, output: Json, part?: "recovery"])[],
  path: readonly DeploymentState[],
): Promise<void> {
  const deployment = await world.store.deployment("D-1");
  const plan = await findPlan(world.store, deployment?.planDigest ?? `sha256:${"0".repeat(64)}`);
  const seen = { owner: deployment?.leaseOwner ?? null, epoch: deployment?.epoch ?? 0, beat: deployment?.beat ?? 0 };
  const claimed = await world.store.claim("D-1", "worker", seen, 0);
  if (claimed === null) throw new Error("D-1 can't be claimed");
  const fence = { owner: "worker", epoch: claimed.epoch };
  await world.store.fenced("D-1", fence, async (tx) => {
    for (const [id, output, part] of steps) {
      const items = part === "recovery" ? (plan.recovery.items ?? []) : plan.items;
      const at = items.findIndex((item) => item.id === id) + (part === "recovery" ? plan.items.length : 0);
      await tx.startItem({ position: at, item: id, type: "step" });
      await tx.endItem(at, { state: "done", output });
    }
    for (const state of path) await tx.moveTo(state, state === "recovering" ? { position: plan.items.length } : {});
  });
}

const reopen = (agoMs: number): readonly [string, Json] => [
  "reopen",
  { hold: "ended", reopenedAt: new Date(Date.parse(world.clock.now()) - agoMs).toISOString() },
];

describe("what going back would discard", () => {
  it("isn't asked of a change that never ran", async () => {
    expect((await expectRefused(measure(), "CONFLICT")).message).toContain("has not run");
  });

  it("is nothing before users were let in", async () => {
    await begin();
    expect(await measure()).toMatchObject({ when: "none", receipt: null, digest: null });
  });

  it("is counted now, and kept under the digest to agree to", async () => {
    await begin();
    await done([reopen(60_000)], ["running", "settling"]);
    const loss = await measure();
    expect(loss).toMatchObject({ when: "now", deployment: "D-1", environment: "acme-production" });
    expect(loss.digest === null ? null : await world.evidence.get(loss.digest)).toEqual(loss.receipt);
    // Neither counters nor outbox are on this record, and the receipt doesn't pretend.
    expect(loss.receipt?.otherWrites).toBeNull();
    expect(loss.receipt?.notes).toHaveLength(2);
  });

  it("is refused beyond the horizon, naming it", async () => {
    await begin();
    await done([reopen(3 * 24 * 3_600_000)], ["running", "settling"]);
    const error = await expectRefused(measure(), "CONFLICT");
    expect(error.message).toMatch(/kept until \d{4}-/);
    expect(error.text.facts?.["boundary"]).toMatch(/^\d{4}-.*Z$/);
  });

  it("says of a way back that isn't there what a recovery is refused with", async () => {
    const recover = (): Promise<unknown> => recoverChange.handler(world, anna, { change: "C-1", reason: "", receipt: null }, quiet);
    await begin();
    await done([reopen(3 * 24 * 3_600_000)], ["running", "settling"]);
    const beyond = await expectRefused(measure(), "CONFLICT");
    expect(beyond.message).toContain("hold horizon");
    expect(await expectRefused(recover(), "CONFLICT")).toMatchObject({ message: beyond.message, text: beyond.text });
    expect((await world.store.deployment("D-1"))?.recoveryWish).toBeNull();
    await done([], ["settling", "settled"]);
    const settled = await expectRefused(measure(), "CONFLICT");
    expect(settled.text.facts?.["boundary"]).toBe(beyond.text.facts?.["boundary"]);
    expect(await expectRefused(recover(), "CONFLICT")).toMatchObject({ message: settled.message, text: settled.text });
  });

  it("and a recovery are refused alike after one that had no receipt", async () => {
    await begin();
    await done([reopen(60_000)], ["running", "recovering", "recovered"]);
    const again = await expectRefused(measure(), "CONFLICT");
    const recover = recoverChange.handler(world, anna, { change: "C-1", reason: "", receipt: null }, quiet);
    expect(await expectRefused(recover, "CONFLICT")).toMatchObject({ message: again.message, text: again.text });
    expect(again.message).toContain("was recovered");
  });

  it("is after a recovery what that one counted, whatever the database says now", async () => {
    await begin();
    const digest = await recovered([]);
    world.connectError = new PlimsollError("DATABASE_UNREACHABLE", "gone");
    expect(await measure(true)).toMatchObject({
      when: "recorded",
      digest,
      sentence: "1 sales order",
      rows: { models: { "sale.order": [] } },
    });
    expect(await measure()).toMatchObject({ rows: null });
  });
});

async function recovered(repeats: LossReceipt["repeats"]): Promise<Digest> {
  const rows = { formatVersion: 1, since: "", until: "", models: { "sale.order": [] }, leftOut: {}, bounds: { rows: 1, bytes: 1 } };
  const receipt: LossReceipt = {
    formatVersion: 1,
    environment: "acme-production",
    deployment: "D-1",
    database: "acme",
    since: "2026-01-15T02:00:00.000Z",
    until: "2026-01-15T02:10:00.000Z",
    lines: [],
    otherWrites: 0,
    attachments: { files: 0, bytes: 0 },
    mailsSent: 0,
    repeats,
    sentence: "1 sales order",
    export: await world.evidence.put(rows),
  };
  const digest = await world.evidence.put(receipt as unknown as Json);
  const counted = ["loss-receipt", { receipt: digest, sentence: receipt.sentence, repeats: repeats.length }, "recovery"] as const;
  await done([reopen(60_000), counted], ["running", "recovering", "recovered"]);
  return digest;
}

describe("what would leave a second time", () => {
  const repeats = [{ kind: "mail", id: 7, what: "Invoice to a@b.example" }] as const;
  const settle = async (outbox?: OutboxChoice): Promise<readonly string[]> => {
    const record = await findEnvironment(world.store, "acme-production");
    const hold = { since: world.clock.now(), deployment: "D-1", reason: "it failed", backgroundStopped: true };
    return settleRepeats(world, { record, hold, outbox });
  };

  it("needs a decision, and says of what", async () => {
    await begin();
    await recovered(repeats);
    const error = await expectRefused(settle(), "OUTBOX_UNSETTLED");
    expect(error.text.because).toEqual(["mail: Invoice to a@b.example"]);
    expect(error.text.fix).toMatch(/--outbox cancel.*--outbox send/);
    expect(world.written).toEqual([]);
  });

  it("is cancelled, exactly what was listed, or left alone", async () => {
    await begin();
    await recovered(repeats);
    expect(await settle("send")).toEqual(["1 thing may leave a second time, as was decided."]);
    expect(world.written).toEqual([]);
    world.columns = ["id"];
    await settle("cancel");
    expect(world.written).toMatchObject([{ sql: expect.stringMatching(/^UPDATE mail_mail SET state = 'cancel'/), parameters: [[7]] }]);
  });

  it("isn't known without a receipt, as of a recovery that was found by looking: a person decides all the same", async () => {
    await begin();
    await done([reopen(60_000)], ["running", "recovering", "recovered"]);
    for (const choice of [undefined, "cancel"] as const) {
      expect((await expectRefused(settle(choice), "OUTBOX_UNSETTLED")).text.fix).toContain("--outbox send");
    }
    expect(await settle("send")).toHaveLength(1);
    expect(world.written).toEqual([]);
  });

  it("asks for nothing when nothing would", async () => {
    await begin();
    await recovered([]);
    expect(await settle()).toEqual([]);
  });
});
