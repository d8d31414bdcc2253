import { describe, expect, it } from "vitest";
import type { Deployment, DeploymentState, ItemRun } from "./deployment.ts";
import { hasReopenedIn, holdsIn, lastItemBegun, partOf, requireRecoverable, wayBack, type RecoverableRecord } from "./recovery.ts";

const boundary = 4;

function deployment(state: DeploymentState, more: Partial<Deployment> = {}): Deployment {
  return { id: "D-1", change: "C-1", state, position: 2, recoveryWish: null, endedAt: null, reason: null, ...more } as Deployment;
}

function run(position: number, state: ItemRun["state"], output: ItemRun["output"] = null, attempt = 1): ItemRun {
  return { position, state, output, attempt } as ItemRun;
}

const base = { items: boundary, recoveryItems: 3, reopened: true, lastBegun: false };
const clock = { now: "2026-01-02T00:00:00.000Z", kind: "swap-back", keptUntil: "2026-01-03T00:00:00.000Z" } as const;

function refusal(state: DeploymentState, more: Partial<RecoverableRecord> = {}, of: Partial<Deployment> = {}): string | null {
  try {
    requireRecoverable({ ...base, deployment: deployment(state, of), ...more });
    return null;
  } catch (error) {
    const { message, text } = error as { message: string; text: { why?: string; fix: string } };
    return `${message} ${text.why ?? ""} ${text.fix}`;
  }
}

describe("the part that a deployment is in", () => {
  it("shows in its state, and standing still in its position", () => {
    for (const state of ["recovering", "recovery-going-back", "recovered", "recovery-settled"] as const) {
      expect(partOf({ state, position: 0 }, boundary)).toBe("recovery");
    }
    for (const state of ["queued", "running", "going-back", "settling", "settled", "old-intact"] as const) {
      expect(partOf({ state, position: boundary }, boundary)).toBe("plan");
    }
    expect(partOf({ state: "needs-person", position: boundary - 1 }, boundary)).toBe("plan");
    expect(partOf({ state: "needs-person", position: boundary }, boundary)).toBe("recovery");
  });

  it("has a reopening and a hold of its own", () => {
    const main = [run(0, "done", { hold: "started" }), run(1, "done", { hold: "ended" })];
    expect(hasReopenedIn(main, "plan", boundary)).toBe(true);
    expect(hasReopenedIn(main, "recovery", boundary)).toBe(false);
    const held = [...main, run(boundary, "done", { hold: "started" })];
    expect(holdsIn(held, "plan", boundary)).toBe(false);
    expect(holdsIn(held, "recovery", boundary)).toBe(true);
    expect(holdsIn([...held, run(5, "done", { hold: "ended" })], "recovery", boundary)).toBe(false);
    expect(holdsIn([...main, run(boundary, "undone", { hold: "started" })], "recovery", boundary)).toBe(false);
    expect(holdsIn([...held, run(boundary, "started", null, 2)], "recovery", boundary)).toBe(false);
  });

  it("has begun its end with the last of the plan's own items", () => {
    expect(lastItemBegun([run(2, "done"), run(4, "done")], boundary)).toBe(false);
    expect(lastItemBegun([run(3, "failed")], boundary)).toBe(true);
  });
});

describe("a recovery", () => {
  it("may be asked for while users are on the new release and the way back is kept", () => {
    for (const state of ["running", "settling", "needs-person"] as const) expect(refusal(state)).toBeNull();
  });

  it("is refused before reopening: going back is the way, and loses nothing", () => {
    expect(refusal("running", { reopened: false })).toContain("change abort C-1");
    expect(refusal("queued", { reopened: false })).toContain("change abort C-1");
    expect(refusal("needs-person", { reopened: false })).toContain("change resume C-1");
  });

  it("is refused when it is over, naming the boundary", () => {
    for (const over of [refusal("settled"), refusal("settling", { lastBegun: true })]) expect(over).toMatch(/hold horizon.*[Rr]estore/);
    expect(refusal("settled", { clock: { ...clock, now: clock.keptUntil } })).toContain(clock.keptUntil);
    expect(refusal("old-intact", { reopened: false })).toContain("change show C-1");
    expect(refusal("recovered")).toContain("never rolled back");
    expect(refusal("recovery-settled")).toContain("a new change");
  });

  it("is refused once the clock is beyond the hold horizon, although what is kept isn't dropped yet", () => {
    for (const state of ["running", "settling", "needs-person"] as const) {
      expect(refusal(state, { clock })).toBeNull();
      expect(refusal(state, { clock: { ...clock, now: clock.keptUntil } })).toContain(`kept until ${clock.keptUntil}`);
      // Where it isn't known when users were let in, only what was done tells.
      expect(refusal(state, { clock: { ...clock, now: clock.keptUntil, keptUntil: null } })).toBeNull();
    }
  });

  it("is refused with the sentence that the way back has for it", () => {
    const records: Partial<RecoverableRecord>[] = [{ lastBegun: true }, { recoveryItems: 0 }, { reopened: false }];
    for (const more of [...records, { clock: { ...clock, now: clock.keptUntil } }, { clock: { ...clock, kind: "none-needed" as const } }]) {
      const { sentence } = wayBack({ ...base, deployment: deployment("settling"), ...more });
      expect(refusal("settling", more)?.toLowerCase()).toContain(sentence.toLowerCase());
    }
    expect(wayBack({ ...base, deployment: deployment("settling"), clock: { ...clock, kind: "switch-back" } })).toMatchObject({
      loses: "nothing",
    });
  });

  it("is refused twice, and where the plan knows no way", () => {
    expect(refusal("recovering")).toContain("being recovered");
    expect(refusal("settling", {}, { recoveryWish: { actor: "anna", reason: "", receipt: null } })).toContain("anna has asked");
    expect(refusal("needs-person", {}, { position: boundary })).toContain("change resume C-1");
    expect(refusal("settling", { recoveryItems: 0 })).toContain("docs/runbooks/recovery.md");
  });

  it("that failed and was taken back may be asked for again", () => {
    expect(refusal("needs-person", {}, { recoveryWish: { actor: "anna", reason: "", receipt: null } })).toBeNull();
  });
});
