import { expect, test } from "vitest";
import type { Fence, FencedTransaction, Ledger } from "../../src/app/ports/store.ts";
import type { PlanItem, PlanRecovery } from "../../src/domain/plan/plan.ts";
import type { Deployment, RecoveryWish } from "../../src/domain/rollout/deployment.ts";
import { environmentSpec, queued, sha256 } from "./ledger-fixture.ts";

export interface LedgerBench {
  ledger(): Ledger;
  environment(): string;
  claim(deployment: Deployment, owner: string): Promise<Deployment>;
  fenceOf(deployment: Deployment): Fence;
}

const items: readonly PlanItem[] = ["one", "two", "last"].map((id) => ({ type: "step", id, input: {}, sentence: id }));
const recovery: PlanRecovery = {
  kind: "swap-back",
  sentence: "Swap back.",
  items: ["back", "end"].map((id) => ({ type: "step", id, input: {}, sentence: id })),
};
const wish: RecoveryWish = { actor: "carla", reason: "wrong prices", receipt: sha256("receipt") };

/** The way back after reopening, as every ledger keeps it. */
export function recoveryTests({ ledger, environment, claim, fenceOf }: LedgerBench): void {
  const request = (id: string, by = wish): Promise<Deployment> => ledger().transaction((tx) => tx.requestRecovery(id, by));
  const eventOf = (claimed: Deployment, type: string) => ({
    actor: "plimsoll",
    type,
    subjectKind: "deployment" as const,
    subject: claimed.id,
    environment: claimed.environment,
    deployment: claimed.id,
    data: { reason: `because of ${type}` },
  });
  const work = async (claimed: Deployment, write: (tx: FencedTransaction) => Promise<void>): Promise<Deployment> => {
    await ledger().fenced(claimed.id, fenceOf(claimed), write);
    return (await ledger().deployment(claimed.id)) as Deployment;
  };
  /** Users are on the new release. */
  const reopened = async (): Promise<Deployment> => {
    const claimed = await claim(await queued(ledger(), environment(), items, "here", recovery), "a");
    return work(claimed, async (tx) => {
      await tx.moveTo("running", {});
      await tx.startItem({ position: 0, item: "one", type: "step" });
      await tx.endItem(0, { state: "done", output: { hold: "ended" } });
      await tx.moveTo("running", { position: 1 });
    });
  };
  const parked = async (wakeAt: string): Promise<Deployment> => {
    const one = await reopened();
    return work(one, async (tx) => {
      await tx.moveTo("settling", { position: 2, wakeAt });
      await tx.append(eventOf(one, "deployment.new-and-verified"));
    });
  };
  const far = "2100-01-01T00:00:00.000Z";

  test("keeps what a code-only release raised, with what serves", async () => {
    const name = environment();
    const lag = [{ module: "acme", database: "19.0.1.0", code: "19.0.1.1" }];
    await ledger().transaction((tx) =>
      tx.putEnvironment(environmentSpec(name), { release: null, generation: "g1", baseDigest: sha256("base"), lag: [] }),
    );
    expect(await ledger().environment(name)).toMatchObject({ lag: [], held: null });
    await ledger().transaction((tx) => tx.setServing(name, { release: sha256("r"), generation: "g2", baseDigest: null, lag }));
    expect(await ledger().environment(name)).toMatchObject({ lag, generation: "g2" });
    await ledger().transaction((tx) =>
      tx.putEnvironment(environmentSpec(name), { release: null, generation: "g1", baseDigest: null, lag: [] }),
    );
    expect(await ledger().environment(name)).toMatchObject({ lag, generation: "g2" });
  });

  test("holds an environment and lifts the hold, and a declaration changes nothing about it", async () => {
    const one = await reopened();
    const hold = { since: "2025-01-01T00:00:00.000Z", deployment: one.id, reason: "wrong prices", backgroundStopped: true };
    await ledger().transaction((tx) => tx.holdEnvironment(one.environment, hold));
    await ledger().transaction((tx) =>
      tx.putEnvironment(environmentSpec(one.environment), { release: null, generation: "g1", baseDigest: null, lag: [] }),
    );
    expect((await ledger().environment(one.environment))?.held).toEqual(hold);
    await ledger().transaction((tx) => tx.holdEnvironment(one.environment, null));
    expect((await ledger().environment(one.environment))?.held).toBeNull();
    await expect(ledger().transaction((tx) => tx.holdEnvironment("nowhere", null))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("a person's wish is kept with its receipt and wakes what is parked", async () => {
    const one = await parked(far);
    expect((await ledger().due("here")).map(({ id }) => id)).not.toContain(one.id);
    const asked = await request(one.id);
    expect(asked).toMatchObject({ state: "settling", recoveryWish: wish, wakeAt: null });
    expect(await ledger().deployment(one.id)).toEqual(asked);
    expect((await ledger().due("here")).map(({ id }) => id)).toContain(one.id);
    expect((await ledger().events({ deployment: one.id, limit: 10 })).at(-1)).toMatchObject({
      type: "deployment.recovery-requested",
      actor: "carla",
      data: { reason: "wrong prices", receipt: wish.receipt, state: "settling" },
    });
    await expect(request(one.id, { ...wish, actor: "bert" })).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("carla has asked"),
    });
  });

  test("what is wanted back has its environment for itself at once", async () => {
    const one = await parked(far);
    await request(one.id);
    await expect(queued(ledger(), one.environment, items)).rejects.toMatchObject({ code: "DEPLOYMENT_RUNNING" });
    const next = await parked(far);
    const other = await queued(ledger(), next.environment, items);
    await expect(request(next.id)).rejects.toMatchObject({ code: "DEPLOYMENT_RUNNING", message: expect.stringContaining(other.id) });
    expect((await ledger().deployment(next.id))?.recoveryWish).toBeNull();
  });

  test("of two who want it back at once one is heard", async () => {
    const one = await parked(far);
    const both = await Promise.allSettled(["a", "b"].map((actor) => request(one.id, { ...wish, actor })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("is refused before users were let in, while it settles, when it has ended, and where no way leads back", async () => {
    const early = await claim(await queued(ledger(), environment(), items, "here", recovery), "a");
    await expect(request(early.id)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("never let in") });
    const one = await parked(far);
    const again = await claim(one, "b");
    await work(again, async (tx) => void (await tx.startItem({ position: 2, item: "last", type: "step" })));
    await expect(request(one.id)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("hold horizon") });
    await work(again, (tx) => tx.moveTo("settled", { position: 3 }));
    await expect(request(one.id)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("hold horizon") });
    const none = await claim(await queued(ledger(), environment(), items), "a");
    await work(none, async (tx) => {
      await tx.moveTo("running", {});
      await tx.append(eventOf(none, "deployment.new-and-verified"));
    });
    await expect(request(none.id)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("no way back") });
    await expect(request("D-0")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("what stands still on the new release is at work again by the wish, with fresh attempts", async () => {
    const one = await reopened();
    await work(one, (tx) => tx.moveTo("needs-person", { position: 1, reason: "inconclusive" }));
    expect(await request(one.id)).toMatchObject({
      state: "running",
      position: 1,
      reason: null,
      recoveryWish: wish,
      resumedEpoch: one.epoch,
      leaseOwner: null,
    });
  });

  test("parks a recovered one like one that settles: its environment is shared, and it is due when its time has come", async () => {
    const one = await reopened();
    await work(one, (tx) => tx.moveTo("recovering", { position: 3, reason: "wrong prices" }));
    await expect(queued(ledger(), one.environment, items)).rejects.toMatchObject({ code: "DEPLOYMENT_RUNNING" });
    expect((await ledger().due("here")).map(({ id }) => id)).toContain(one.id);
    const resting = await work(one, (tx) => tx.moveTo("recovered", { position: 4, wakeAt: far }));
    expect(resting).toMatchObject({ state: "recovered", leaseOwner: null, wakeAt: far, endedAt: null });
    expect((await ledger().due("here")).map(({ id }) => id)).not.toContain(one.id);
    const other = await claim(await queued(ledger(), one.environment, items), "c");
    // While another has the environment it waits.
    expect(await ledger().claim(one.id, "b", { epoch: resting.epoch, beat: resting.beat, owner: null }, 0)).toBeNull();
    expect((await ledger().deployment(one.id))?.wakeAt).not.toBe(far);
    await work(other, (tx) => tx.moveTo("old-intact", {}));
    const again = await claim((await ledger().deployment(one.id)) as Deployment, "b");
    const ended = await work(again, (tx) => tx.moveTo("recovery-settled", { position: 5 }));
    expect(ended).toMatchObject({ state: "recovery-settled", leaseOwner: null, reason: "wrong prices" });
    expect(ended.endedAt).not.toBeNull();
    expect(await ledger().claim(ended.id, "d", { epoch: ended.epoch, beat: ended.beat, owner: null }, 0)).toBeNull();
  });

  test.each([
    ["before its own reopening", { other: true }, [], "recovery-going-back", "because of deployment.recovery-going-back"],
    ["after its own reopening", { hold: "ended" }, [], "recovering", "because of deployment.recovering"],
    ["by a record that is older than the world", null, ["deployment.ledger-behind"], "recovering", "because of deployment.recovering"],
    ["after it was recovered once", null, ["deployment.recovered"], "recovering", "because of deployment.recovering"],
  ] as const)("a recovery that stands still goes on %s", async (_when, output, types, state, reason) => {
    const one = await parked(far);
    await request(one.id);
    const again = await claim((await ledger().deployment(one.id)) as Deployment, "b");
    await work(again, async (tx) => {
      await tx.moveTo("recovering", { position: 3, reason: "wrong prices" });
      await tx.startItem({ position: 3, item: "back", type: "step" });
      if (output !== null) await tx.endItem(3, { state: "done", output });
      for (const type of ["deployment.recovering", "deployment.recovery-going-back", ...types]) await tx.append(eventOf(again, type));
      await tx.moveTo("needs-person", { position: 4, reason: "broke" });
    });
    await expect(request(one.id)).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("stands still") });
    const resumed = await ledger().transaction((tx) => tx.resumeDeployment(one.id, "carla", "looked"));
    expect(resumed).toMatchObject({ state, reason, recoveryWish: wish, resumedEpoch: again.epoch });
  });

  test("going on on the new release forgets the wish that failed", async () => {
    const one = await parked(far);
    await request(one.id);
    const again = await claim((await ledger().deployment(one.id)) as Deployment, "b");
    await work(again, async (tx) => {
      await tx.moveTo("recovering", { position: 3 });
      await tx.moveTo("recovery-going-back", { position: 3 });
      await tx.moveTo("needs-person", { position: 2, reason: "broke" });
    });
    const resumed = await ledger().transaction((tx) => tx.resumeDeployment(one.id, "carla", "leave it"));
    expect(resumed).toMatchObject({ state: "running", position: 2, recoveryWish: null });
  });
}
