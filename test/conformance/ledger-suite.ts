import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../src/app/ports/clock.ts";
import type { Ledger } from "../../src/app/ports/store.ts";
import type { PlanItem } from "../../src/domain/plan/plan.ts";
import type { Deployment } from "../../src/domain/rollout/deployment.ts";
import { recoveryTests } from "./ledger-recovery-suite.ts";
import { approvedChange, canonical, environmentSpec, planOf, queued, sha256 } from "./ledger-fixture.ts";

/** A clock that tests turn by hand. */
export interface HandClock extends Clock {
  turn(ms: number): void;
}

export function handClock(): HandClock {
  let ms = Date.parse("2025-01-01T00:00:00.000Z");
  return {
    now: () => new Date(ms).toISOString(),
    monotonicMs: () => ms,
    sleep: async () => undefined,
    turn(by) {
      ms += by;
    },
  };
}

const items: readonly PlanItem[] = [
  { type: "step", id: "one", input: {}, sentence: "One." },
  { type: "gate", id: "two", phase: "during", input: {}, sentence: "Two." },
];

/** What every ledger must do; the one of PostgreSQL and the one of the simulation run it. */
export function ledgerSuite(name: string, open: (clock: Clock) => Promise<{ readonly ledger: Ledger; close(): Promise<void> }>): void {
  describe(`ledger: ${name}`, () => {
    const clock = handClock();
    let ledger: Ledger;
    let close: () => Promise<void>;
    let environments = 0;
    const environment = (): string => `env-${(environments += 1)}`;
    const claim = async (deployment: Deployment, owner: string, floor = 0): Promise<Deployment> => {
      const claimed = await ledger.claim(
        deployment.id,
        owner,
        { epoch: deployment.epoch, beat: deployment.beat, owner: deployment.leaseOwner },
        floor,
      );
      if (claimed === null) throw new Error("not claimed");
      return claimed;
    };
    const fenceOf = (deployment: Deployment): { owner: string; epoch: number } => ({
      owner: deployment.leaseOwner ?? "",
      epoch: deployment.epoch,
    });

    beforeAll(async () => {
      ({ ledger, close } = await open(clock));
    });
    afterAll(() => close());

    test("keeps an environment's declaration apart from what serves", async () => {
      const spec = environmentSpec(environment());
      await ledger.transaction((tx) => tx.putEnvironment(spec, { release: null, generation: "g1", baseDigest: sha256("base"), lag: [] }));
      await ledger.transaction((tx) =>
        tx.setServing(spec.name, { release: sha256("r"), generation: "g2", baseDigest: sha256("newer base"), lag: [] }),
      );
      await ledger.transaction((tx) =>
        tx.putEnvironment({ ...spec, stage: "staging" }, { release: null, generation: "g1", baseDigest: sha256("base"), lag: [] }),
      );
      const record = await ledger.environment(spec.name);
      expect(record).toMatchObject({
        release: sha256("r"),
        generation: "g2",
        baseDigest: sha256("newer base"),
        epoch: 0,
        spec: { stage: "staging" },
      });
      expect((await ledger.environments()).map((one) => one.spec.name)).toContain(spec.name);
    });

    test("refuses to serve from an environment that isn't there", async () => {
      await expect(
        ledger.transaction((tx) => tx.setServing("nowhere", { release: null, generation: "g", baseDigest: null, lag: [] })),
      ).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    });

    test("a release's name means one digest for ever", async () => {
      const release = {
        name: "r-1",
        digest: sha256("r-1"),
        content: { formatVersion: 1, series: "19.0", addonsPaths: 1, modules: [], files: [] },
        metadata: { sources: ["/a"] },
        createdAt: clock.now(),
        createdBy: "anna",
      } as const;
      await ledger.transaction((tx) => tx.putRelease(release));
      await ledger.transaction((tx) => tx.putRelease(release));
      await expect(ledger.transaction((tx) => tx.putRelease({ ...release, digest: sha256("other") }))).rejects.toMatchObject({
        code: "CONFLICT",
      });
      expect(await ledger.release("r-1")).toEqual(release);
      expect(await ledger.release(sha256("r-1"))).toEqual(release);
      expect(await ledger.release("r-2")).toBeNull();
    });

    test("gives a plan back as it was digested, and refuses one under a false digest", async () => {
      const { plan, digest, change } = await approvedChange(ledger, environment(), items);
      expect(canonical(await ledger.plan(digest))).toBe(canonical(plan));
      expect(await ledger.change(change.id)).toEqual(change);
      await expect(ledger.transaction((tx) => tx.putPlan(sha256("false"), planOf("C-0", "x", items)))).rejects.toMatchObject({
        code: "PLAN_DIGEST_MISMATCH",
      });
    });

    test("a transaction that throws leaves nothing", async () => {
      const name = environment();
      const failing = ledger.transaction(async (tx) => {
        await tx.putEnvironment(environmentSpec(name), { release: null, generation: "g1", baseDigest: sha256("base"), lag: [] });
        await tx.append({
          actor: "anna",
          type: "environment.declared",
          subjectKind: "environment",
          subject: name,
          environment: name,
          deployment: null,
          data: {},
        });
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await ledger.environment(name)).toBeNull();
      expect(await ledger.events({ subject: name, limit: 10 })).toEqual([]);
    });

    test("events come in order, by subject, after a cursor, and are announced", async () => {
      const name = environment();
      let told = 0;
      const listening = ledger.onEvents(() => (told += 1));
      for (const n of [1, 2, 3]) {
        await ledger.transaction((tx) =>
          tx.append({
            actor: "anna",
            type: "environment.noted",
            subjectKind: "environment",
            subject: name,
            environment: name,
            deployment: null,
            data: { n },
          }),
        );
      }
      const all = await ledger.events({ subjectKind: "environment", subject: name, limit: 10 });
      expect(all.map((event) => event.data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect(all[0]?.at).toBe(clock.now());
      const rest = await ledger.events({ environment: name, after: all[0]?.sequence ?? 0, limit: 1 });
      expect(rest.map((event) => event.data)).toEqual([{ n: 2 }]);
      await expect.poll(() => told, { timeout: 5_000 }).toBeGreaterThan(0);
      listening.close();
    });

    test("an environment has one deployment at a time, and the second learns which", async () => {
      const name = environment();
      const first = await queued(ledger, name, items);
      await expect(queued(ledger, name, items)).rejects.toMatchObject({
        code: "DEPLOYMENT_RUNNING",
        text: { facts: { deployment: first.id, change: first.change } },
      });
      const both = await Promise.allSettled([queued(ledger, `${name}-b`, items), queued(ledger, `${name}-b`, items)]);
      expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    });

    test("a claim is a compare and swap on what was seen, and raises the environment's epoch", async () => {
      const deployment = await queued(ledger, environment(), items);
      expect((await ledger.due("here")).map((one) => one.id)).toContain(deployment.id);
      expect((await ledger.due("elsewhere")).map((one) => one.id)).not.toContain(deployment.id);
      const seen = { epoch: 0, beat: 0, owner: null };
      const claims = await Promise.all(["a", "b", "c"].map((owner) => ledger.claim(deployment.id, owner, seen, 6)));
      const won = claims.filter((one) => one !== null);
      expect(won).toHaveLength(1);
      expect(won[0]).toMatchObject({ epoch: 7, beat: 0, wakeAt: null });
      expect((await ledger.environment(deployment.environment))?.epoch).toBe(7);
      expect(await ledger.claim(deployment.id, "d", seen, 0)).toBeNull();
    });

    test("a beat keeps the claim of others away; a lower epoch writes nothing any more", async () => {
      const deployment = await queued(ledger, environment(), items);
      const first = await claim(deployment, "a");
      expect(await ledger.beat(first.id, fenceOf(first))).toBe(true);
      expect(await ledger.claim(first.id, "b", { epoch: first.epoch, beat: 0, owner: "a" }, 0)).toBeNull();
      const second = await claim((await ledger.deployment(first.id)) as Deployment, "b");
      expect(second.epoch).toBe(first.epoch + 1);
      expect(await ledger.beat(first.id, fenceOf(first))).toBe(false);
      await expect(ledger.fenced(first.id, fenceOf(first), (tx) => tx.moveTo("running", {}))).rejects.toMatchObject({ code: "LEASE_LOST" });
      await ledger.giveUp(first.id, fenceOf(first));
      expect((await ledger.deployment(first.id))?.leaseOwner).toBe("b");
    });

    test("the table of transitions holds, and an ended deployment gives its lease and environment back", async () => {
      const name = environment();
      const claimed = await claim(await queued(ledger, name, items), "a");
      const fenced = (work: Parameters<Ledger["fenced"]>[2]): Promise<unknown> => ledger.fenced(claimed.id, fenceOf(claimed), work);
      await expect(fenced((tx) => tx.moveTo("going-back", {}))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
      await fenced((tx) => tx.moveTo("running", { reason: null }));
      await fenced((tx) => tx.moveTo("running", { position: 1, observedClass: "K3" }));
      await fenced((tx) => tx.moveTo("going-back", { reason: "why" }));
      expect(await ledger.deployment(claimed.id)).toMatchObject({
        state: "going-back",
        position: 1,
        observedClass: "K3",
        reason: "why",
        endedAt: null,
      });
      await fenced((tx) => tx.moveTo("old-intact", {}));
      expect(await ledger.deployment(claimed.id)).toMatchObject({
        state: "old-intact",
        leaseOwner: null,
        endedAt: clock.now(),
        reason: "why",
      });
      expect((await ledger.due("here")).map((one) => one.id)).not.toContain(claimed.id);
      expect((await queued(ledger, name, items)).state).toBe("queued");
    });

    test("item runs keep attempts, outputs and evidence; an undo keeps the output", async () => {
      const claimed = await claim(await queued(ledger, environment(), items), "a");
      const fenced = (work: Parameters<Ledger["fenced"]>[2]): Promise<unknown> => ledger.fenced(claimed.id, fenceOf(claimed), work);
      const verdict = { kind: "passed", reason: "fine", rows: [] } as const;
      await fenced((tx) => tx.startItem({ position: 0, item: "one", type: "step" }));
      await ledger.progress(claimed.id, fenceOf(claimed), 0, 0.5, "half");
      await fenced((tx) => tx.endItem(0, { state: "failed", error: { code: "UNEXPECTED", message: "no" } }));
      clock.turn(10);
      await fenced((tx) => tx.startItem({ position: 0, item: "one", type: "step" }));
      await fenced((tx) => tx.endItem(0, { state: "done", output: { text: "a\u0000b" }, evidence: { log: "sha" } }));
      await fenced((tx) => tx.endItem(0, { state: "undone" }));
      clock.turn(10);
      await fenced(async (tx) => {
        await tx.startItem({ position: 1, item: "two", type: "gate" });
        await tx.endItem(1, { state: "done", verdict });
      });
      const runs = await ledger.itemRuns(claimed.id);
      expect(runs.map(({ position, attempt, state }) => ({ position, attempt, state }))).toEqual([
        { position: 0, attempt: 1, state: "failed" },
        { position: 0, attempt: 2, state: "undone" },
        { position: 1, attempt: 1, state: "done" },
      ]);
      expect(runs[0]).toMatchObject({
        progress: 0.5,
        progressMessage: "half",
        error: { code: "UNEXPECTED", message: "no" },
        epoch: claimed.epoch,
      });
      expect(runs[1]).toMatchObject({ evidence: { log: "sha" } });
      expect(runs[1]?.output).toMatchObject({ text: expect.stringMatching(/^a.b$/u) });
      expect(runs[2]?.verdict).toEqual(verdict);
      await expect(fenced((tx) => tx.endItem(5, { state: "done" }))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    });

    test("one that settles is parked without its lease, and re-activated only when nobody else has the environment", async () => {
      const name = environment();
      const claimed = await claim(await queued(ledger, name, items), "a");
      const wakeAt = new Date(Date.parse(clock.now()) + 1_000).toISOString();
      await ledger.fenced(claimed.id, fenceOf(claimed), (tx) => tx.moveTo("running", {}));
      await ledger.fenced(claimed.id, fenceOf(claimed), (tx) => tx.moveTo("settling", { wakeAt }));
      const parked = (await ledger.deployment(claimed.id)) as Deployment;
      expect(parked).toMatchObject({ state: "settling", leaseOwner: null, wakeAt });
      expect((await ledger.due("here")).map((one) => one.id)).not.toContain(claimed.id);
      clock.turn(1_000);
      expect((await ledger.due("here")).map((one) => one.id)).toContain(claimed.id);
      const other = await queued(ledger, name, items);
      expect(await ledger.claim(parked.id, "a", { epoch: parked.epoch, beat: parked.beat, owner: null }, 0)).toBeNull();
      expect(Date.parse((await ledger.deployment(parked.id))?.wakeAt ?? "")).toBe(Date.parse(clock.now()) + 60_000);
      const otherClaimed = await claim(other, "b");
      await ledger.fenced(other.id, fenceOf(otherClaimed), (tx) => tx.moveTo("old-intact", {}));
      const again = await claim((await ledger.deployment(parked.id)) as Deployment, "a");
      await expect(queued(ledger, name, items)).rejects.toMatchObject({
        code: "DEPLOYMENT_RUNNING",
        text: { facts: { deployment: again.id } },
      });
    });

    test("hold times and the wish to abort are kept", async () => {
      const claimed = await claim(await queued(ledger, environment(), items), "a");
      const fenced = (work: Parameters<Ledger["fenced"]>[2]): Promise<unknown> => ledger.fenced(claimed.id, fenceOf(claimed), work);
      await fenced((tx) => tx.holdEnded());
      expect((await ledger.deployment(claimed.id))?.holdEndedAt).toBeNull();
      await fenced((tx) => tx.holdStarted());
      const started = clock.now();
      clock.turn(500);
      await fenced((tx) => tx.holdEnded());
      expect(await ledger.deployment(claimed.id)).toMatchObject({ holdStartedAt: started, holdEndedAt: clock.now() });
      await ledger.transaction((tx) => tx.requestAbort(claimed.id, "carla", "wrong one"));
      expect((await ledger.deployment(claimed.id))?.abortRequested).toBe(true);
      expect((await ledger.events({ deployment: claimed.id, limit: 10 })).at(-1)).toMatchObject({
        type: "deployment.abort-requested",
        actor: "carla",
        data: { reason: "wrong one" },
      });
      await fenced((tx) => tx.moveTo("old-intact", {}));
      await ledger.transaction((tx) => tx.requestAbort(claimed.id, "carla", "again"));
      expect((await ledger.events({ deployment: claimed.id, limit: 10 })).at(-1)).toMatchObject({ type: "deployment.abort-refused" });
    });

    test("a person has what stands still go on: back before reopening, with the environment held meanwhile", async () => {
      const name = environment();
      const claimed = await claim(await queued(ledger, name, items), "a");
      const fenced = (work: Parameters<Ledger["fenced"]>[2]): Promise<unknown> => ledger.fenced(claimed.id, fenceOf(claimed), work);
      const resume = (reason: string): Promise<Deployment> => ledger.transaction((tx) => tx.resumeDeployment(claimed.id, "carla", reason));
      const subject = {
        actor: "plimsoll",
        subjectKind: "deployment",
        subject: claimed.id,
        environment: name,
        deployment: claimed.id,
      } as const;
      await fenced((tx) => tx.moveTo("running", {}));
      await expect(resume("too early")).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("running") });
      await fenced(async (tx) => {
        await tx.startItem({ position: 0, item: "one", type: "step" });
        await tx.endItem(0, { state: "done", output: { hold: "started" } });
        await tx.moveTo("going-back", { position: 1, reason: "a column is gone" });
        await tx.append({ ...subject, type: "deployment.going-back", data: { reason: "a column is gone" } });
      });
      await fenced((tx) => tx.moveTo("needs-person", { position: 0, reason: "one can't be undone" }));
      const resumed = await resume("renamed it back");
      expect(resumed).toMatchObject({
        state: "going-back",
        position: 0,
        reason: "a column is gone",
        resumedEpoch: claimed.epoch,
        leaseOwner: null,
      });
      expect(await ledger.deployment(claimed.id)).toEqual(resumed);
      expect((await ledger.events({ deployment: claimed.id, limit: 10 })).at(-1)).toMatchObject({
        type: "deployment.resumed",
        actor: "carla",
        data: { reason: "renamed it back", to: "going-back", stoodStillBecause: "one can't be undone" },
      });
      await expect(resume("again")).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("going-back") });
      await expect(queued(ledger, name, items)).rejects.toMatchObject({ code: "DEPLOYMENT_RUNNING" });
      expect((await ledger.due("here")).map((one) => one.id)).toContain(claimed.id);
      expect((await claim(resumed, "b")).epoch).toBeGreaterThan(resumed.resumedEpoch);
    });

    test.each([
      ["users were let in", true, null],
      ["it was new and verified once", false, "deployment.new-and-verified"],
      ["the record can't tell, because it is older than the world", false, "deployment.ledger-behind"],
    ])("a person has what stands still go on forward when %s", async (_when, ended, type) => {
      const name = environment();
      const claimed = await claim(await queued(ledger, name, items), "a");
      const subject = {
        actor: "plimsoll",
        subjectKind: "deployment",
        subject: claimed.id,
        environment: name,
        deployment: claimed.id,
      } as const;
      await ledger.fenced(claimed.id, fenceOf(claimed), async (tx) => {
        await tx.moveTo("running", {});
        await tx.startItem({ position: 0, item: "one", type: "step" });
        await tx.endItem(0, { state: "done", output: ended ? { hold: "ended" } : { other: true } });
        if (type !== null) await tx.append({ ...subject, type, data: {} });
        await tx.moveTo("needs-person", { position: 1, reason: "two broke" });
      });
      const both = await Promise.allSettled(
        ["a", "b"].map((who) => ledger.transaction((tx) => tx.resumeDeployment(claimed.id, who, "looked"))),
      );
      expect(both.filter((one) => one.status === "fulfilled").map((one) => one.value)).toMatchObject([
        { state: "running", position: 1, reason: null },
      ]);
    });

    recoveryTests({ ledger: () => ledger, environment, claim, fenceOf });

    test("changes and deployments are listed newest first", async () => {
      const name = environment();
      const one = await queued(ledger, name, items);
      expect(await ledger.deployments({ environment: name, limit: 5 })).toEqual([one]);
      expect(await ledger.deployments({ change: one.change, states: ["queued"], limit: 5 })).toEqual([one]);
      expect(await ledger.deployments({ change: one.change, states: ["running"], limit: 5 })).toEqual([]);
      const two = await approvedChange(ledger, name, items);
      expect((await ledger.changes({ environment: name, limit: 5 })).map((change) => change.id)).toEqual([two.change.id, one.change]);
      expect((await ledger.changes({ environment: name, state: "running", limit: 5 })).map((change) => change.id)).toEqual([one.change]);
    });
  });
}
