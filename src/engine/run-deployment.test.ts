import { describe, expect, test } from "vitest";
import { queued, sha256 } from "../../test/conformance/ledger-fixture.ts";
import type { ItemContext } from "../app/ports/step.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import { engineLimits } from "./engine-world.ts";
import { bench, item, passed, row, type Bench } from "./test-kit.ts";

describe("one deployment", () => {
  test("runs its items in order and settles", async () => {
    const one = await bench(["a", "gate", "b"]);
    one.start();
    expect(await one.rest()).toMatchObject({ state: "settled", position: 3, leaseOwner: null, reason: null });
    expect(one.acts).toEqual(["apply a", "apply b"]);
    expect(await one.types()).toEqual([
      "deployment.started",
      "step.started",
      "step.done",
      "gate.started",
      "gate.passed",
      "step.started",
      "step.done",
      "deployment.new-and-verified",
      "change.done",
      "deployment.settled",
    ]);
  });

  test.each<[string, () => Promise<Verdict>, string, string]>([
    [
      "fails",
      async () => ({ kind: "failed", reason: "A column is gone", rows: [{ ...row, outcome: "failed" }] }),
      "failed",
      "The gate: A column is gone",
    ],
    ["throws", () => Promise.reject(new Error("broke")), "errored", "The gate: broke"],
    ["never answers", () => new Promise(() => undefined), "inconclusive", "The gate: The gate was not finished after 1 s."],
    ["passes without evidence", async () => ({ ...passed, rows: [] }), "inconclusive", "The gate: It passed without evidence."],
    ["passes with a row that didn't", async () => ({ ...passed, rows: [{ ...row, outcome: "failed" }] }), "failed", "The gate: A row"],
  ])("a gate that %s leads back", async (_what, gate, kind, reason) => {
    const one = await bench(["a", "b", "gate", "c"], { gate });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "old-intact", reason });
    expect(one.acts.filter((act) => act !== "take over")).toEqual(["apply a", "apply b", "undo b", "undo a"]);
    const runs = await one.ledger.itemRuns(one.deployment.id);
    expect(runs.find((run) => run.type === "gate")?.verdict?.kind).toBe(kind);
    expect((await one.ledger.change(one.deployment.change))?.state).toBe("undone");
  });

  test("an approval that is withdrawn stops the plan before its next item", async () => {
    const one: Bench = await bench(["a", "b"], {
      steps: {
        a: {
          apply: async () => {
            const change = await one.ledger.change(one.deployment.change);
            if (change !== null) await one.ledger.transaction((tx) => tx.putChange({ ...change, approvedDigest: null }));
            return null;
          },
        },
      },
    });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "old-intact", reason: "The plan isn't the one that was approved." });
    expect(one.acts).toEqual(["apply a", "undo a"]);
  });

  test("a plan with a step that this version doesn't have is refused before the first one", async () => {
    const one = await bench(["a", "b"]);
    const stranger = await queued(one.ledger, "other", [item("a"), item("stranger")]);
    one.start();
    await one.rest();
    await one.time.run(() => false, 5_000);
    expect(await one.ledger.deployment(stranger.id)).toMatchObject({
      state: "old-intact",
      reason: expect.stringContaining("no step stranger"),
    });
    expect(await one.ledger.itemRuns(stranger.id)).toEqual([]);
  });

  test("what is retryable is tried again within its attempts, what is terminal isn't", async () => {
    let calls = 0;
    const flaky = async (): Promise<null> => {
      calls += 1;
      if (calls < 3) throw new PlimsollError("DATABASE_UNREACHABLE", "No route.");
      return null;
    };
    const one = await bench(["a"], { steps: { a: { apply: flaky } } });
    one.start();
    expect((await one.rest()).state).toBe("settled");
    const two = await bench(["a"], {
      steps: { a: { apply: () => Promise.reject(new PlimsollError("DATABASE_UNREACHABLE", "No route.")) } },
    });
    two.start();
    expect(await two.rest()).toMatchObject({ state: "old-intact", reason: "Step a: No route." });
    expect(two.acts.filter((act) => act === "apply a")).toHaveLength(3);
    const three = await bench(["a"], { steps: { a: { apply: () => Promise.reject(new PlimsollError("UPDATE_FAILED", "It broke.")) } } });
    three.start();
    expect(await three.rest()).toMatchObject({ state: "old-intact", reason: "Step a: It broke." });
    expect(three.acts).toEqual(["apply a", "undo a"]);
  });

  test("a step that succeeded although the caller saw an error is done", async () => {
    let made = false;
    const one = await bench(["a"], {
      steps: {
        a: {
          observe: async () => (made ? { state: "done", output: { made } } : { state: "not-started" }),
          apply: async () => {
            made = true;
            throw new Error("timeout, says the caller");
          },
        },
      },
    });
    one.start();
    expect((await one.rest()).state).toBe("settled");
    expect(one.acts).toEqual(["apply a"]);
    expect((await one.ledger.itemRuns(one.deployment.id))[0]).toMatchObject({ state: "done", output: { made: true } });
  });

  test("a failed attempt that can't be resumed goes back to its checkpoint", async () => {
    let calls = 0;
    const one = await bench(["a", "clone", "b", "update"], {
      steps: {
        update: {
          restartFrom: "clone",
          observe: async () => ({ state: "partly", what: "an update" }),
          apply: async () => {
            calls += 1;
            if (calls === 1) throw new Error("killed");
            return null;
          },
        },
      },
    });
    one.start();
    expect((await one.rest()).state).toBe("settled");
    expect(one.acts).toEqual([
      "apply a",
      "apply clone",
      "apply b",
      "apply update",
      "undo update",
      "undo b",
      "undo clone",
      "apply clone",
      "apply b",
      "apply update",
    ]);
  });

  test("a person's abort stops what runs and leads back, with the reason", async () => {
    const one = await bench(["a", "b"], {
      steps: { b: { apply: (cx: ItemContext) => cx.clock.sleep(8_000, cx.signal).then(() => null) } },
    });
    one.start();
    await one.time.run(() => one.acts.includes("apply b"), 5_000);
    await one.ledger.transaction((tx) => tx.requestAbort(one.deployment.id, "anna", "wrong release"));
    const startedMs = one.time.nowMs;
    expect(await one.rest()).toMatchObject({ state: "old-intact", reason: "Aborted by anna: wrong release" });
    expect(one.time.nowMs - startedMs).toBeLessThan(3_000);
  });

  test("an abort before the start begins nothing", async () => {
    const one = await bench(["a"]);
    await one.ledger.transaction((tx) => tx.requestAbort(one.deployment.id, "anna", "no"));
    one.start();
    expect(await one.rest()).toMatchObject({ state: "old-intact", reason: "Aborted by anna: no" });
    expect(one.acts).toEqual([]);
  });

  const reopening = { apply: async () => ({ hold: "ended", serving: { release: sha256("next"), generation: "g2" } }) };

  test("from reopening on an abort is refused and trouble stands still", async () => {
    const failing = { apply: () => Promise.reject(new PlimsollError("ODOO_UNHEALTHY", "No crons.")) };
    const one: Bench = await bench(["hold", "open", "late"], {
      steps: {
        hold: { apply: async () => ({ hold: "started" }) },
        open: {
          apply: async () => {
            await one.ledger.transaction((tx) => tx.requestAbort(one.deployment.id, "anna", "too late"));
            return reopening.apply();
          },
        },
        late: failing,
      },
    });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", reason: "Step late: No crons.", leaseOwner: null });
    expect(one.acts).toEqual(["apply hold", "apply open", "apply late"]);
    expect(await one.types()).toContain("deployment.abort-refused");
    expect(await one.ledger.environment("acme")).toMatchObject({ generation: "g2", baseDigest: sha256("base") });
    expect((await one.ledger.change(one.deployment.change))?.state).toBe("needs-person");
  });

  test("a step that waits parks the deployment as new and verified, and it settles when its time has come", async () => {
    const at = "2025-01-01T01:00:00.000Z";
    const one = await bench(["open", "drop"], { steps: { open: reopening, drop: { notBefore: () => at } } });
    one.start();
    await one.time.run(() => false, 60_000);
    expect(await one.ledger.deployment(one.deployment.id)).toMatchObject({ state: "settling", wakeAt: at, leaseOwner: null });
    expect(await one.types()).toContain("deployment.new-and-verified");
    expect((await one.rest(2 * 3_600_000)).state).toBe("settled");
    expect(one.acts).toEqual(["apply open", "take over", "apply drop"]);
    expect(one.time.nowMs).toBeGreaterThanOrEqual(Date.parse(at));
  });

  test("going back restores who served, ends the hold, and says what can't be taken back", async () => {
    const one = await bench(["hold", "serve", "drop", "gate"], {
      gate: async () => ({ ...passed, kind: "failed", reason: "no" }),
      steps: {
        hold: { apply: async () => ({ hold: "started" }) },
        serve: { apply: async () => ({ serving: { release: sha256("next"), generation: "g2" }, observedClass: "K3" }) },
        drop: { undo: { irreversible: true, reason: "Dropped for good." } },
      },
    });
    one.start();
    const end = await one.rest();
    expect(end).toMatchObject({ state: "old-intact", observedClass: "K3" });
    expect(end.holdEndedAt).not.toBeNull();
    expect(await one.ledger.environment("acme")).toMatchObject({ release: null, generation: "g1", baseDigest: sha256("older base") });
    const events = await one.ledger.events({ deployment: one.deployment.id, limit: 1_000 });
    expect(events.find((event) => event.type === "step.not-undone")?.data).toMatchObject({ item: "drop", reason: "Dropped for good." });
  });

  test("an undo that keeps failing stands still and says why", async () => {
    const one = await bench(["a", "b", "gate"], {
      gate: async () => ({ ...passed, kind: "failed", reason: "no" }),
      steps: { b: { undo: () => Promise.reject(new Error("locked")) } },
    });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 1, reason: "b can't be undone: locked" });
    expect(one.acts.filter((act) => act === "undo b")).toHaveLength(engineLimits(3_000).undoAttempts);
    expect(one.acts).not.toContain("undo a");
  });

  test("a step that doesn't stop at its limit is cut off by the next epoch before anything is undone", async () => {
    const one = await bench(["a", "deaf"], {
      steps: { deaf: { limits: { timeoutMs: 1_000, attempts: 3 }, apply: () => new Promise(() => undefined) } },
    });
    one.start();
    const end = await one.rest();
    expect(end).toMatchObject({ state: "old-intact", epoch: 2 });
    expect(one.acts).toEqual(["apply a", "apply deaf", "take over", "undo deaf", "undo a"]);
  });

  test("a tenant's side that can't be reached is waited for, and the reason can be read", async () => {
    let reachable = false;
    const one = await bench(["a"], {
      provided: {
        epochFloor: async () => {
          if (!reachable) throw new PlimsollError("DATABASE_UNREACHABLE", "No route to the cluster.");
          return 7;
        },
      },
    });
    one.start();
    await one.time.run(() => false, 20_000);
    expect(await one.ledger.deployment(one.deployment.id)).toMatchObject({
      state: "queued",
      reason: "The tenant's side can't be reached: No route to the cluster.",
    });
    reachable = true;
    const end = await one.rest();
    expect(end).toMatchObject({ state: "settled", reason: null });
    expect(end.epoch).toBeGreaterThan(7);
  });

  test("evidence and outputs are there for the record and for later steps", async () => {
    const seen: unknown[] = [];
    const one = await bench(["a", "b"], {
      steps: {
        a: {
          apply: async (cx: ItemContext) => {
            cx.evidence("log", "sha256:1");
            cx.evidence("huge", "x".repeat(300_000));
            cx.progress(0.5, "half");
            return { oid: 7 };
          },
        },
        b: {
          apply: async (cx: ItemContext) => {
            seen.push(cx.outputOf("a"), cx.outputOf("b"), Object.keys(cx.use));
            return null;
          },
        },
      },
    });
    one.start();
    await one.rest();
    expect(seen).toEqual([{ oid: 7 }, undefined, ["tenant-database"]]);
    expect((await one.ledger.itemRuns(one.deployment.id))[0]?.evidence).toEqual({ log: "sha256:1", huge: { cut: true, bytes: 300_002 } });
  });
});

test("a queued one in a ledger older than the world goes back to its checkpoint once, not for ever", async () => {
  let calls = 0;
  const one = await bench(["clone", "update"], {
    provided: { epochFloor: async () => 5 },
    steps: {
      update: {
        restartFrom: "clone",
        observe: async () => ({ state: "partly", what: "an update" }),
        apply: async () => {
          calls += 1;
          if (calls === 1) throw new Error("killed");
          return null;
        },
      },
    },
  });
  one.start();
  expect((await one.rest()).state).toBe("settled");
  expect(one.acts.filter((act) => act !== "take over")).toEqual([
    "apply clone",
    "apply update",
    "undo update",
    "undo clone",
    "apply clone",
    "apply update",
  ]);
});
