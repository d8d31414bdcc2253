import { describe, expect, test } from "vitest";
import { sha256 } from "../../test/conformance/ledger-fixture.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import { bench, passed, type Bench } from "./test-kit.ts";
import type { AnyStep } from "./worker-options.ts";

const next = { release: sha256("next"), generation: "g2" };
const old = { release: sha256("old"), generation: "g1" };
const failed: Verdict = { ...passed, kind: "failed", reason: "prices are wrong" };
const forward = ["hold", "open", "gate", "settle"];
const back = ["back-hold", "back-swap", "back-open", "back-settle"];
const atEnd = "2025-01-01T00:20:00.000Z";

/** A plan with a way back: what holds, opens, is watched and settles, forward and back. */
async function recoverable(
  steps: Readonly<Record<string, Partial<AnyStep>>> = {},
  gate: () => Promise<Verdict> = async () => failed,
  more: { readonly automaticMs?: number; readonly plan?: readonly string[]; readonly recovery?: readonly string[] } = {},
): Promise<Bench> {
  return bench(more.plan ?? forward, {
    gate,
    recovery: more.recovery ?? back,
    automaticMs: more.automaticMs ?? 60_000,
    steps: {
      hold: { apply: async () => ({ hold: "started" }) },
      open: { interruptedInHold: "finish", apply: async () => ({ hold: "ended", serving: next }) },
      settle: { notBefore: () => atEnd },
      "back-hold": { apply: async () => ({ hold: "started" }) },
      "back-open": { interruptedInHold: "finish", apply: async () => ({ hold: "ended", serving: old }) },
      "back-settle": { notBefore: () => atEnd },
      ...steps,
    },
  });
}

const changeState = async (one: Bench): Promise<string | undefined> => (await one.ledger.change(one.deployment.change))?.state;
const held = async (one: Bench): Promise<unknown> => (await one.ledger.environment("acme"))?.held;

describe("a recovery by itself", () => {
  test("follows a verification that definitely failed, and holds the environment in the same commit", async () => {
    const one = await recoverable();
    one.start();
    const end = await one.until(({ state, wakeAt }) => state === "recovered" && wakeAt !== null);
    expect(end).toMatchObject({ position: 7, reason: "The gate: prices are wrong", leaseOwner: null, wakeAt: atEnd });
    expect(one.acts).toEqual(["apply hold", "apply open", "apply back-hold", "apply back-swap", "apply back-open"]);
    expect(await changeState(one)).toBe("recovered");
    expect(await one.ledger.environment("acme")).toMatchObject({
      release: sha256("old"),
      generation: "g1",
      // What the plan's own steps found, not what they brought.
      baseDigest: sha256("older base"),
      held: { deployment: end.id, reason: "The gate: prices are wrong", backgroundStopped: false },
    });
    const events = await one.ledger.events({ deployment: end.id, limit: 1_000 });
    expect(events.find(({ type }) => type === "deployment.recovering")?.data).toMatchObject({ automatic: true, from: 2 });
    expect(events.filter(({ type }) => type === "deployment.recovered")).toHaveLength(1);
    expect(await one.types()).not.toContain("deployment.new-and-verified");
    expect(await one.rest(3_600_000)).toMatchObject({ state: "recovery-settled", reason: "The gate: prices are wrong" });
    expect(await changeState(one)).toBe("recovered");
    expect(one.acts.at(-1)).toBe("apply back-settle");
  });

  test("keeps the times of the change's own hold", async () => {
    const slow = { apply: async (cx: { readonly clock: { sleep(ms: number): Promise<void> } }) => (await cx.clock.sleep(2_000), null) };
    const one = await recoverable({ "back-swap": slow as Partial<AnyStep> });
    one.start();
    const parked = await one.until(({ state }) => state === "recovered");
    const runs = await one.ledger.itemRuns(one.deployment.id);
    expect(parked.holdEndedAt).toBe(runs.find(({ item }) => item === "open")?.endedAt);
    expect(parked.holdStartedAt).toBe(runs.find(({ item }) => item === "hold")?.endedAt);
  });

  test.each([
    ["it is too late", failed, 1_000, 5_000],
    ["the verdict is inconclusive", { ...passed, kind: "inconclusive", reason: "no data" } as Verdict, 60_000, 0],
    ["the verdict is an error", { ...passed, kind: "errored", reason: "no data" } as Verdict, 60_000, 0],
    ["it says passed over a row that failed", { ...passed, rows: [{ ...passed.rows[0], outcome: "failed" }] } as Verdict, 60_000, 0],
  ])("doesn't begin when %s", async (_why, verdict, automaticMs, lateMs) => {
    const slow = { late: { apply: async (cx) => (await cx.clock.sleep(lateMs), null) } satisfies Partial<AnyStep> };
    const one = await recoverable(slow, async () => verdict, { automaticMs, plan: ["hold", "open", "late", "gate", "settle"] });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 3 });
    expect(await held(one)).toBeNull();
    expect(await one.types()).not.toContain("deployment.recovering");
  });

  test("doesn't begin before users were let in: that goes back", async () => {
    const one = await recoverable({}, async () => failed, { plan: ["hold", "gate", "open", "settle"] });
    one.start();
    expect((await one.rest()).state).toBe("old-intact");
    expect(one.acts).not.toContain("apply back-hold");
  });

  test("doesn't begin a second time after one that failed: a person decides", async () => {
    const broken = { apply: () => Promise.reject(new PlimsollError("STATE_UNEXPECTED", "The original is gone.")) };
    const one = await recoverable({ "back-swap": broken });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 2 });
    await one.resume();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 2, reason: "The gate: prices are wrong" });
    expect(one.acts.filter((act) => act === "apply back-hold")).toHaveLength(1);
  });
});

describe("a recovery that fails", () => {
  test("before users are let in is taken back, and only it: they stay on the new release", async () => {
    const broken = { apply: () => Promise.reject(new PlimsollError("STATE_UNEXPECTED", "The original is gone.")) };
    const one = await recoverable({ "back-swap": broken });
    one.start();
    const end = await one.rest();
    expect(end.reason).toContain("users are on the new release");
    expect(end.reason).toContain("The original is gone.");
    expect(one.acts).toEqual(["apply hold", "apply open", "apply back-hold", "apply back-swap", "undo back-swap", "undo back-hold"]);
    expect(await one.ledger.environment("acme")).toMatchObject({ generation: "g2", held: null });
    expect(await changeState(one)).toBe("needs-person");
    expect(await one.types()).toContain("deployment.recovery-undone");
  });

  test("may be asked for again, and then goes through", async () => {
    let gone = true;
    const apply = async (): Promise<null> => {
      if (gone) throw new PlimsollError("STATE_UNEXPECTED", "The original is gone.");
      return null;
    };
    const one = await recoverable({ "back-swap": { apply } });
    one.start();
    await one.rest();
    gone = false;
    await one.recover();
    expect(await one.until(({ state }) => state === "recovered")).toMatchObject({ reason: "wrong prices" });
    expect(await held(one)).toMatchObject({ reason: "wrong prices" });
  });

  test("after users were let in stands still, and a person has it go on the same way", async () => {
    let broken = true;
    const late = {
      apply: async () => {
        if (broken) throw new PlimsollError("ODOO_UNHEALTHY", "No crons.");
        return { backgroundStopped: true };
      },
    };
    const one = await recoverable({ "back-late": late }, async () => failed, {
      recovery: ["back-hold", "back-swap", "back-open", "back-late", "back-settle"],
    });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 7, reason: "Step back-late: No crons." });
    expect(await held(one)).toBeNull();
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT" });
    broken = false;
    expect((await one.resume()).state).toBe("recovering");
    await one.until(({ state }) => state === "recovered");
    expect(await held(one)).toMatchObject({ backgroundStopped: true });
    expect(one.acts.filter((act) => act.startsWith("undo"))).toEqual([]);
  });

  test("and can't be taken back stands still; resumed it goes on taking back what it did", async () => {
    let locked = true;
    const one = await recoverable({
      "back-hold": {
        apply: async () => ({ hold: "started" }),
        undo: async () => {
          if (locked) throw new Error("locked");
        },
      },
      "back-swap": { apply: () => Promise.reject(new PlimsollError("STATE_UNEXPECTED", "The original is gone.")) },
    });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 4, reason: "back-hold can't be undone: locked" });
    locked = false;
    expect((await one.resume()).state).toBe("recovery-going-back");
    const end = await one.rest();
    expect(end).toMatchObject({ state: "needs-person", position: 2 });
    expect(end.reason).toContain("The original is gone.");
    expect(one.acts.filter((act) => act === "undo hold" || act === "undo open")).toEqual([]);
  });

  test("is never aborted by a wish of before", async () => {
    const one: Bench = await recoverable({
      open: {
        interruptedInHold: "finish",
        apply: async () => {
          await one.ledger.transaction((tx) => tx.requestAbort(one.deployment.id, "anna", "too late"));
          return { hold: "ended", serving: next };
        },
      },
    });
    one.start();
    expect(await one.until(({ state }) => state === "recovered" || state === "needs-person")).toMatchObject({ state: "recovered" });
  });
});

describe("a person who wants users back", () => {
  const good = async (): Promise<Verdict> => passed;

  test("is refused before users were let in, and after they are back", async () => {
    const one = await recoverable({}, good);
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("never let in") });
    one.start();
    await one.until(({ state, wakeAt }) => state === "settling" && wakeAt !== null);
    await one.recover();
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("anna has asked") });
    await one.until(({ state }) => state === "recovered");
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("was recovered") });
  });

  test("is heard at once while the new release is kept", async () => {
    const one = await recoverable({}, good);
    one.start();
    await one.until(({ state, wakeAt }) => state === "settling" && wakeAt !== null);
    const askedMs = one.time.nowMs;
    await one.recover();
    expect(await one.until(({ state }) => state === "recovered")).toMatchObject({ reason: "wrong prices" });
    expect(one.time.nowMs - askedMs).toBeLessThan(10_000);
    const events = await one.ledger.events({ deployment: one.deployment.id, limit: 1_000 });
    expect(events.find(({ type }) => type === "deployment.recovering")?.data).toMatchObject({ automatic: false, actor: "anna", from: 3 });
  });

  test("interrupts what watches the new release", async () => {
    let looks = 0;
    const watching = (cx: { readonly signal: AbortSignal }): Promise<Verdict> => {
      looks += 1;
      return new Promise((_, reject) => cx.signal.addEventListener("abort", () => reject(cx.signal.reason as Error), { once: true }));
    };
    const one = await bench(forward, {
      gate: watching as never,
      recovery: back,
      steps: {
        hold: { apply: async () => ({ hold: "started" }) },
        open: { apply: async () => ({ hold: "ended", serving: next }) },
        "back-open": { apply: async () => ({ hold: "ended", serving: old }) },
      },
    });
    one.start();
    await one.until(() => looks === 1);
    await one.recover();
    expect(await one.rest()).toMatchObject({ state: "recovery-settled" });
    expect(looks).toBe(1);
    expect(one.time.nowMs - Date.parse(one.deployment.createdAt)).toBeLessThan(20_000);
  });

  test("who says so as it parks doesn't wait for the end of the hold horizon", async () => {
    const one = await recoverable({}, good);
    const { fenced } = one.ledger;
    let asked = false;
    one.ledger.fenced = (id, fence, work) =>
      fenced(id, fence, async (tx) => {
        if (!asked && (await tx.deployment(id))?.position === 3) {
          asked = true;
          await tx.requestRecovery(id, { actor: "anna", reason: "wrong prices", receipt: null });
        }
        return work(tx);
      });
    one.start();
    expect((await one.until(({ state }) => state === "recovered")).state).toBe("recovered");
    expect(one.time.nowMs).toBeLessThan(Date.parse(atEnd));
  });

  test("is heard before what waits is cleared away, and not any more afterwards", async () => {
    let started = false;
    const slow = {
      notBefore: () => "2025-01-01T00:00:10.000Z",
      apply: async (cx: { readonly clock: { sleep(ms: number): Promise<void> } }) => {
        started = true;
        await cx.clock.sleep(5_000);
        return null;
      },
    };
    const one = await recoverable({ settle: slow as Partial<AnyStep> }, good);
    one.start();
    await one.until(() => started);
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("hold horizon") });
    expect((await one.rest()).state).toBe("settled");
    await expect(one.recover()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("hold horizon") });
  });

  test("of code alone gets them back from settling, and before it the change simply goes back", async () => {
    const plan = ["switch", "gate", "settle"];
    const recovery = ["back-switch", "back-settle"];
    const steps = {
      switch: { apply: async () => ({ serving: { ...next, lag: [{ module: "acme", database: "1.0", code: "1.1" }] } }) },
      "back-switch": { apply: async () => ({ serving: old }) },
    };
    const bad = await recoverable(steps, async () => failed, { plan, recovery });
    bad.start();
    expect((await bad.rest()).state).toBe("old-intact");
    expect(bad.acts).toEqual(["apply switch", "undo switch"]);
    const one = await recoverable(steps, good, { plan, recovery });
    one.start();
    await one.until(({ state, wakeAt }) => state === "settling" && wakeAt !== null);
    expect((await one.ledger.environment("acme"))?.lag).toHaveLength(1);
    await one.recover();
    await one.until(({ state }) => state === "recovered");
    expect(await one.ledger.environment("acme")).toMatchObject({ generation: "g1", lag: [], held: { reason: "wrong prices" } });
  });
});

describe("what is on record of a recovery", () => {
  const good = async (): Promise<Verdict> => passed;

  test("a wish that is committed just before the last item begins keeps it from running", async () => {
    const one = await recoverable({ settle: { notBefore: () => "2025-01-01T00:00:10.000Z" } }, good);
    const { fenced } = one.ledger;
    let asked = false;
    one.ledger.fenced = (id, fence, work) =>
      fenced(id, fence, (tx) =>
        work({
          ...tx,
          async startItem(item) {
            if (item.item === "settle" && !asked) {
              asked = true;
              await tx.requestRecovery(id, { actor: "anna", reason: "wrong prices", receipt: null });
            }
            return tx.startItem(item);
          },
        }),
      );
    one.start();
    expect((await one.until(({ state }) => state === "recovered" || state === "settled")).state).toBe("recovered");
    expect(one.acts).not.toContain("apply settle");
    expect((await one.ledger.itemRuns(one.deployment.id)).filter(({ state }) => state === "started")).toEqual([]);
  });

  test("a hold that a person lifted stays lifted when what is left is cleared away later", async () => {
    let broken = true;
    const clear = async (): Promise<null> => {
      if (broken) throw new PlimsollError("STATE_UNEXPECTED", "Somebody uses it.");
      return null;
    };
    const one = await recoverable({ "back-settle": { notBefore: () => atEnd, apply: clear } });
    one.start();
    expect(await one.rest(3_600_000)).toMatchObject({ state: "needs-person", position: 7 });
    expect(await held(one)).not.toBeNull();
    await one.ledger.transaction((tx) => tx.holdEnvironment("acme", null));
    broken = false;
    await one.resume();
    expect((await one.rest()).state).toBe("recovery-settled");
    expect(await held(one)).toBeNull();
    expect(await changeState(one)).toBe("recovered");
    expect((await one.types()).filter((type) => type === "deployment.recovered")).toHaveLength(1);
  });
});

describe("what a step of the recovery sees", () => {
  test("is its own part's outputs first, then those of the plan", async () => {
    const seen: unknown[] = [];
    const look = async (cx: { outputOf(id: string): unknown }): Promise<null> => {
      seen.push(cx.outputOf("both"), cx.outputOf("hold"));
      return null;
    };
    let times = 0;
    const one = await bench(["both", "hold", "open", "gate"], {
      gate: async () => failed,
      automaticMs: 60_000,
      recovery: ["look", "both", "look"],
      steps: {
        both: { apply: async () => ({ time: (times += 1) }) },
        hold: { apply: async () => ({ hold: "started" }) },
        open: { apply: async () => ({ hold: "ended" }) },
        look: { apply: look as never },
      },
    });
    one.start();
    expect((await one.rest()).state).toBe("recovery-settled");
    expect(seen).toEqual([{ time: 1 }, { hold: "started" }, { time: 2 }, { hold: "started" }]);
  });
});
