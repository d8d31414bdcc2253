import { describe, expect, test } from "vitest";
import { sha256 } from "../../test/conformance/ledger-fixture.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import { engineLimits } from "./engine-world.ts";
import { bench, passed, type Bench } from "./test-kit.ts";
import type { AnyStep } from "./worker-options.ts";

describe("one that needs a person", () => {
  const refusing = async (): Promise<Verdict> => ({ ...passed, kind: "failed", reason: "no" });

  test("goes on going back when a person says so: the undo is tried anew, from where it stood", async () => {
    let locked = true;
    const undo = async (): Promise<void> => {
      if (locked) throw new Error("locked");
    };
    const one = await bench(["a", "b", "c", "gate"], { gate: refusing, steps: { b: { undo } } });
    one.start();
    await expect(one.resume()).rejects.toMatchObject({ code: "CONFLICT" });
    expect((await one.rest()).state).toBe("needs-person");
    await one.resume();
    // Still broken: it is tried as often again, and stands still again.
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 1, reason: "b can't be undone: locked" });
    const { undoAttempts } = engineLimits(3_000);
    expect(one.acts.filter((act) => act === "undo b")).toHaveLength(2 * undoAttempts);
    locked = false;
    await one.resume();
    expect(await one.rest()).toMatchObject({ state: "old-intact", reason: "The gate: no", leaseOwner: null });
    expect(one.acts.slice(-3)).toEqual(["take over", "undo b", "undo a"]);
    expect(one.acts.filter((act) => act === "undo c")).toHaveLength(1);
    expect((await one.ledger.change(one.deployment.change))?.state).toBe("undone");
    await expect(one.resume()).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test("goes on forward after reopening, with fresh attempts", async () => {
    let broken = true;
    const apply = async (): Promise<null> => {
      if (broken) throw new PlimsollError("DATABASE_UNREACHABLE", "No route.");
      return null;
    };
    const open = { apply: async () => ({ hold: "ended", serving: { release: sha256("next"), generation: "g2" } }) };
    const one = await bench(["open", "late", "gate"], { steps: { open, late: { apply } } });
    one.start();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 1 });
    await one.resume();
    expect(await one.rest()).toMatchObject({ state: "needs-person", position: 1, reason: "Step late: No route." });
    expect(one.acts.filter((act) => act === "apply late")).toHaveLength(6);
    broken = false;
    await one.resume();
    expect((await one.rest()).state).toBe("settled");
    expect(one.acts.filter((act) => act === "apply open")).toHaveLength(1);
    expect((await one.ledger.environment("acme"))?.baseDigest).toBe(sha256("base"));
  });

  test("whose users got onto the new release unrecorded goes forward: it is looked at before anything is undone", async () => {
    const stuck = { error: new PlimsollError("STATE_UNEXPECTED", "Users are already on the new release.") };
    const one = await bench(["a", "open", "late"], {
      steps: {
        open: {
          interruptedInHold: "finish",
          observe: async () => ({ state: "done", output: { hold: "ended" } }),
          apply: () => Promise.reject(new PlimsollError("ODOO_UNHEALTHY", "It opened, and then it broke.")),
          undo: () => Promise.reject(stuck.error),
        },
      },
    });
    one.start();
    expect(await one.rest()).toMatchObject({
      state: "needs-person",
      reason: "open can't be undone: Users are already on the new release.",
    });
    expect((await one.resume()).state).toBe("going-back");
    one.acts.length = 0;
    expect((await one.rest()).state).toBe("settled");
    expect(one.acts).toEqual(["take over", "apply late"]);
    expect(await one.types()).toContain("deployment.seen-reopened");
  });

  test("of whom it can't be seen where they are stands still again", async () => {
    let reachable = false;
    const undo = async (): Promise<void> => {
      if (!reachable) throw new PlimsollError("SERVER_UNREACHABLE", "The gateway doesn't answer.");
    };
    const observe: AnyStep["observe"] = async () => {
      await undo();
      return { state: "not-started" };
    };
    const apply = (): Promise<never> => Promise.reject(new PlimsollError("ODOO_UNHEALTHY", "Broken."));
    const one = await bench(["a", "open"], { steps: { open: { interruptedInHold: "finish", observe, apply, undo } } });
    one.start();
    expect((await one.rest()).state).toBe("needs-person");
    one.acts.length = 0;
    await one.resume();
    expect(await one.rest()).toMatchObject({
      state: "needs-person",
      reason: expect.stringContaining("can't be seen: The gateway doesn't answer."),
    });
    expect(one.acts).toEqual(["take over"]);
    reachable = true;
    await one.resume();
    expect((await one.rest()).state).toBe("old-intact");
  });

  test.each([
    ["on the new release is put on record, and it goes forward", true, "settled", ["apply late"]],
    ["on the old one leads back, and all that may have been done is taken back", false, "old-intact", ["undo open", "undo b", "undo a"]],
  ])("with a record that is older than the world: users %s", async (_what, reopened, state, acts) => {
    let floor = 0;
    let backup: unknown = null;
    const one: Bench = await bench(["a", "b", "open", "late"], {
      provided: { epochFloor: async () => floor },
      steps: {
        a: { apply: async () => ((backup = one.ledger.snapshot()), { hold: "started" }) },
        open: {
          interruptedInHold: "finish",
          observe: async () => (reopened ? { state: "done", output: { hold: "ended" } } : { state: "not-started" }),
          apply: async () => ({ hold: "ended" }),
        },
      },
    });
    one.start();
    expect((await one.rest()).state).toBe("settled");
    one.ledger.restore(backup);
    floor = 9;
    expect(await one.rest()).toMatchObject({
      state: "needs-person",
      position: 0,
      reason: expect.stringContaining("older than the environment"),
    });
    one.acts.length = 0;
    expect((await one.resume()).state).toBe("running");
    expect((await one.rest()).state).toBe(state);
    expect(one.acts.filter((act) => act !== "take over")).toEqual(acts);
  });

  test("a recovery that the ledger lost is found again: users are where they are", async () => {
    let back = false;
    let floor = 0;
    const old = { release: sha256("old"), generation: "g1" };
    const parkedAt = (state: string) => (now: { readonly state: string; readonly wakeAt: string | null }) =>
      now.state === state && now.wakeAt !== null;
    const one = await bench(["hold", "open", "gate", "settle"], {
      gate: async () => passed,
      recovery: ["back-hold", "back-swap", "back-open", "back-settle"],
      provided: { epochFloor: async () => floor },
      steps: {
        hold: { apply: async () => ({ hold: "started" }) },
        open: {
          interruptedInHold: "finish",
          apply: async () => ({ hold: "ended", serving: { release: sha256("next"), generation: "g2" } }),
        },
        settle: { notBefore: () => "2025-01-01T00:20:00.000Z" },
        "back-hold": { apply: async () => ({ hold: "started" }) },
        "back-open": {
          interruptedInHold: "finish",
          observe: async () => (back ? { state: "done", output: { hold: "ended", serving: old } } : { state: "not-started" }),
          apply: async () => {
            back = true;
            return { hold: "ended", serving: old };
          },
        },
        "back-settle": { notBefore: () => "2025-01-01T00:40:00.000Z" },
      },
    });
    one.start();
    await one.until(parkedAt("settling"));
    const backup = one.ledger.snapshot();
    await one.recover();
    await one.until(parkedAt("recovered"));
    one.ledger.restore(backup);
    floor = 10;
    expect((await one.rest(3_600_000)).reason).toContain("older than the environment");
    await one.resume();
    await one.until(parkedAt("recovered"));
    expect(await one.ledger.environment("acme")).toMatchObject({
      generation: "g1",
      held: { reason: expect.stringContaining("recovered since") },
    });
    expect(one.acts.filter((act) => act === "apply settle" || act.startsWith("undo"))).toEqual([]);
  });

  test("a recovery that the ledger lost and that is half done needs a person: neither release has the users", async () => {
    let backup: unknown = null;
    let floor = 0;
    let held = false;
    const one: Bench = await bench(["open", "gate", "settle"], {
      gate: async () => {
        backup ??= one.ledger.snapshot();
        return { ...passed, kind: "inconclusive", reason: "too few requests" };
      },
      recovery: ["back-open"],
      provided: { epochFloor: async () => floor },
      steps: {
        open: {
          interruptedInHold: "finish",
          observe: async () =>
            held ? { state: "partly", what: "Users wait at the gateway." } : { state: "done", output: { hold: "ended" } },
          apply: async () => ({ hold: "ended" }),
        },
        "back-open": { interruptedInHold: "finish" },
      },
    });
    one.start();
    expect((await one.rest()).state).toBe("needs-person");
    one.ledger.restore(backup);
    floor = 10;
    held = true;
    expect((await one.rest()).reason).toContain("older than the environment");
    one.acts.length = 0;
    await one.resume();
    expect(await one.rest()).toMatchObject({
      state: "needs-person",
      reason: expect.stringContaining("can't be seen: Users wait at the gateway."),
    });
    expect(one.acts).toEqual(["take over"]);
    held = false;
    await one.resume();
    expect((await one.rest()).reason).toBe("The gate: too few requests");
  });
});
