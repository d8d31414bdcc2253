import { beforeEach, describe, expect, it } from "vitest";
import { newRelease, oldRelease } from "../../../test/conformance/sample-facts.ts";
import { expectRefused } from "../../../test/conformance/refusal.ts";
import { SampleWorld, sampleYaml } from "../../../test/app/sample-world.ts";
import type { DeploymentState } from "../../domain/rollout/deployment.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { abortChange } from "./abort-change.ts";
import { applyDeclarations } from "./apply-declarations.ts";
import { approveChange } from "./approve-change.ts";
import { createChange } from "./create-change.ts";
import { liftHold } from "./lift-hold.ts";
import { planChange } from "./plan-change.ts";
import { recoverChange } from "./recover-change.ts";
import { resumeChange } from "./resume-change.ts";
import { runChange } from "./run-change.ts";

const anna = { name: "anna" };
const quiet = (): void => undefined;
const environment = "acme-production";
let world: SampleWorld;

beforeEach(async () => {
  world = new SampleWorld();
  await world.addReleases(oldRelease, newRelease);
  await applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet);
});

async function approved(): Promise<string> {
  const agreedRemovals = { tables: [], columns: [], records: [], modules: [] };
  const spec = { kind: "release", environment, release: newRelease.name, reason: "because", agreedRemovals };
  const { id } = await createChange.handler(world, anna, spec, quiet);
  const { digest } = await planChange.handler(world, anna, { change: id }, quiet);
  await approveChange.handler(world, anna, { change: id, digest }, quiet);
  return id;
}

const run = async (change: string): Promise<string> => (await runChange.handler(world, anna, { change }, quiet)).deployment.id;
const recover = (change: string, receipt: Digest | null = null, reason = "wrong prices") =>
  recoverChange.handler(world, anna, { change, reason, receipt }, quiet);
const lift = (outbox?: "send") => liftHold.handler(world, anna, { environment, reason: "fixed", outbox }, quiet);

/** What a worker would have recorded on the way. */
async function moved(deployment: string, states: readonly DeploymentState[], more: { readonly verified?: boolean } = {}): Promise<void> {
  const seen = await world.store.deployment(deployment);
  if (seen === null) throw new Error("no deployment");
  await world.store.claim(deployment, "w", { epoch: seen.epoch, beat: seen.beat, owner: seen.leaseOwner }, 0);
  const epoch = (await world.store.deployment(deployment))?.epoch ?? 0;
  await world.store.fenced(deployment, { owner: "w", epoch }, async (tx) => {
    const parkedAt = "2100-01-01T00:00:00.000Z";
    for (const state of states) await tx.moveTo(state, state === "settling" || state === "recovered" ? { wakeAt: parkedAt } : {});
    const subject = { subjectKind: "deployment" as const, subject: deployment, environment, deployment };
    if (more.verified === true) await tx.append({ ...subject, actor: "plimsoll", type: "deployment.new-and-verified", data: {} });
    const change = await tx.change(seen.change);
    const state = { settling: "done", recovered: "recovered", "needs-person": "needs-person" }[states.at(-1) as string];
    if (change !== null && state !== undefined) await tx.putChange({ ...change, state: state as "done" });
  });
}

const receiptOf = (deployment: string): Promise<Digest> =>
  world.evidence.put({ formatVersion: 1, environment, deployment, lines: [], sentence: "3 invoices" });

describe("recover", () => {
  it("asks the worker for the way back, with the receipt that was agreed to", async () => {
    const id = await approved();
    const deployment = await run(id);
    await moved(deployment, ["running", "settling"], { verified: true });
    const receipt = await receiptOf(deployment);
    expect(await recover(id, receipt)).toMatchObject({ change: { state: "running" }, deployment: { state: "settling", wakeAt: null } });
    expect(await world.store.deployment(deployment)).toMatchObject({ recoveryWish: { actor: "anna", reason: "wrong prices", receipt } });
    const events = await world.store.events({ subjectKind: "change", subject: id, limit: 100 });
    expect(events.at(-1)).toMatchObject({ type: "change.recovery-requested", actor: "anna", data: { reason: "wrong prices", receipt } });
    expect((await expectRefused(recover(id, receipt), "CONFLICT")).message).toContain("anna has asked");
    expect((await expectRefused(abortChange.handler(world, anna, { change: id, reason: "" }, quiet), "CONFLICT")).text.why).toContain(
      "recovered",
    );
  });

  it("without a receipt of this deployment nothing is asked", async () => {
    const id = await approved();
    const deployment = await run(id);
    await moved(deployment, ["running", "settling"], { verified: true });
    const error = await expectRefused(recover(id), "NOT_APPROVED");
    expect(error.text.fix).toContain(`plimsoll change receipt ${id}`);
    expect(error.text.liftedBy).toContain("loss receipt");
    await expectRefused(recover(id, `sha256:${"0".repeat(64)}`), "NOT_FOUND");
    expect((await expectRefused(recover(id, await receiptOf("D-9")), "INPUT_INVALID")).message).toContain("D-9");
    expect((await expectRefused(recover(id, await world.evidence.put({ other: 1 })), "INPUT_INVALID")).message).toContain(
      "isn't a loss receipt",
    );
    expect((await world.store.deployment(deployment))?.recoveryWish).toBeNull();
    expect((await world.store.change(id))?.state).toBe("done");
  });

  it("is refused before users were let in, naming what to do instead", async () => {
    const id = await approved();
    expect((await expectRefused(recover(id), "CONFLICT")).text.fix).toContain("change abort");
    const deployment = await run(id);
    expect((await expectRefused(recover(id), "CONFLICT")).text.fix).toContain(`change abort ${id}`);
    await moved(deployment, ["running", "needs-person"]);
    expect((await expectRefused(recover(id), "CONFLICT")).text.fix).toContain(`change resume ${id}`);
  });

  it("is refused once what the way back needs is gone, and never rolls a rollback back", async () => {
    const id = await approved();
    const deployment = await run(id);
    await moved(deployment, ["running", "settling"], { verified: true });
    await moved(deployment, ["settling", "settled"]);
    expect((await expectRefused(recover(id, await receiptOf(deployment)), "CONFLICT")).message).toContain("hold horizon");
    const next = await approved();
    const other = await run(next);
    await moved(other, ["running", "recovering", "recovered"], { verified: true });
    expect((await expectRefused(recover(next, await receiptOf(other)), "CONFLICT")).message).toContain("never rolled back");
  });

  it("is refused while a later change stands on it, naming that one", async () => {
    const first = await approved();
    const older = await run(first);
    await moved(older, ["running", "settling"], { verified: true });
    const second = await approved();
    const newer = await run(second);
    await expectRefused(recover(first, await receiptOf(older)), "DEPLOYMENT_RUNNING");
    await moved(newer, ["running", "settling"], { verified: true });
    const error = await expectRefused(recover(first, await receiptOf(older)), "CONFLICT");
    expect(error.message).toContain(`${second} came after ${first}`);
    expect(error.text.fix).toContain(`change recover ${second}`);
    expect((await world.store.deployment(older))?.recoveryWish).toBeNull();
    const change = await world.store.change(second);
    if (change !== null) await world.store.transaction((tx) => tx.putChange({ ...change, kind: "rehearsal" }));
    expect((await recover(first, await receiptOf(older))).deployment.id).toBe(older);
  });

  it("of what stands still on the new release has it at work again", async () => {
    const id = await approved();
    const deployment = await run(id);
    await moved(deployment, ["running", "needs-person"], { verified: true });
    expect(await recover(id, await receiptOf(deployment))).toMatchObject({
      change: { state: "running" },
      deployment: { state: "running" },
    });
  });

  it("that stands still is resumed like everything else, and says which way it goes", async () => {
    const id = await approved();
    const deployment = await run(id);
    await moved(deployment, ["running", "recovering"], { verified: true });
    const plan = await world.store.plan((await world.store.deployment(deployment))?.planDigest as Digest);
    const boundary = plan?.items.length ?? 0;
    const { epoch } = (await world.store.deployment(deployment)) ?? { epoch: 0 };
    await world.store.fenced(deployment, { owner: "w", epoch }, (tx) => tx.moveTo("needs-person", { position: boundary, reason: "broke" }));
    await world.store.transaction(async (tx) => {
      const change = await tx.change(id);
      if (change !== null) await tx.putChange({ ...change, state: "needs-person" });
    });
    expect((await expectRefused(recover(id, await receiptOf(deployment)), "CONFLICT")).text.fix).toContain(`change resume ${id}`);
    expect(await resumeChange.handler(world, anna, { change: id, reason: "looked" }, quiet)).toMatchObject({ goes: "recovery-back" });
  });
});

describe("a held environment", () => {
  const hold = { since: "2026-01-02T00:00:00.000Z", deployment: "D-1", reason: "wrong prices", backgroundStopped: false };
  const held = (more: Partial<typeof hold> = {}): Promise<void> =>
    world.store.transaction((tx) => tx.holdEnvironment(environment, { ...hold, ...more }));

  it("starts nothing but rehearsals, saying who lifts it and how", async () => {
    const id = await approved();
    await held({ backgroundStopped: true });
    const error = await expectRefused(run(id), "ENVIRONMENT_HELD");
    expect(error.message).toContain("D-1 was recovered");
    expect(error.text.why).toContain("background work is stopped");
    expect(error.text.fix).toContain(`plimsoll environment lift-hold ${environment}`);
    expect(await world.store.deployments({ limit: 10 })).toEqual([]);
    expect((await world.store.change(id))?.state).toBe("approved");
  });

  it("is let go by a person, and then changes run", async () => {
    const id = await approved();
    await held();
    expect(await lift()).toMatchObject({ record: { held: null }, notes: [] });
    expect((await world.store.events({ subject: environment, limit: 100 })).at(-1)).toMatchObject({
      type: "environment.hold-lifted",
      actor: "anna",
      data: { reason: "fixed", held: { deployment: "D-1" } },
    });
    expect(await run(id)).toBe("D-1");
    await expectRefused(lift(), "CONFLICT");
  });

  it("has its background work started before it is let go", async () => {
    await moved(await run(await approved()), ["running", "recovering", "recovered"], { verified: true });
    const record = await world.store.environment(environment);
    const { runtime } = world;
    const generation = await runtime.prepare(record?.generation ?? "", record?.release ?? null, "acme");
    await runtime.stopBackground(generation, record?.epoch ?? 0, 1_000, AbortSignal.timeout(1_000));
    const background = async (): Promise<string | undefined> =>
      (await runtime.generations()).find((one) => one.generation.id === record?.generation)?.background;
    expect(await background()).toBe("stopped");
    await held({ backgroundStopped: true });
    const start = runtime.startBackground.bind(runtime);
    runtime.startBackground = () => Promise.reject(new PlimsollError("ODOO_UNHEALTHY", "No crons."));
    await expectRefused(lift("send"), "ODOO_UNHEALTHY");
    expect((await world.store.environment(environment))?.held).not.toBeNull();
    let heldAtStart: unknown = null;
    runtime.startBackground = async (...given) => {
      heldAtStart = (await world.store.environment(environment))?.held;
      return start(...given);
    };
    expect((await lift("send")).notes.join()).toContain("Background work runs again");
    expect(heldAtStart).not.toBeNull();
    expect(await background()).toBe("running");
  });

  it("with stopped background work isn't declared anew, because that would start it", async () => {
    await held({ backgroundStopped: true });
    await expectRefused(applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet), "ENVIRONMENT_HELD");
  });

  it("isn't let go in the middle of a deployment that would lose its background work to it", async () => {
    const id = await approved();
    await run(id);
    await held({ backgroundStopped: true });
    await expectRefused(lift(), "DEPLOYMENT_RUNNING");
  });
});
