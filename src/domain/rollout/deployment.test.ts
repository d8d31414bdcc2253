import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  activeStates,
  claimableStates,
  deploymentTransitions,
  finalStates,
  hasReopened,
  isResting,
  outcomeOf,
  resumedEvent,
  type DeploymentEvent,
  type DeploymentState,
  type ItemRun,
} from "./deployment.ts";

const states = Object.keys(deploymentTransitions) as DeploymentState[];
const events = Object.keys(deploymentTransitions.queued) as DeploymentEvent[];

/** Follows events from `queued`; a refused event leaves the state as it is. */
function follow(path: readonly DeploymentEvent[]): DeploymentState[] {
  const seen: DeploymentState[] = ["queued"];
  for (const event of path) seen.push(deploymentTransitions[seen.at(-1) ?? "queued"][event] ?? seen.at(-1) ?? "queued");
  return seen;
}

describe("the deployment's states", () => {
  it("never leave a terminal state", () => {
    for (const state of finalStates) {
      expect(events.filter((event) => deploymentTransitions[state][event] !== null)).toEqual([]);
    }
  });

  it("never call a deployment old and intact once users are on the new release", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (path) => {
        const seen = follow(path);
        const reopened = seen.indexOf("settling");
        if (reopened >= 0 && !seen.slice(reopened).includes("needs-person")) expect(seen.slice(reopened)).not.toContain("old-intact");
      }),
    );
  });

  it("go on from needing a person by a person alone, and nothing else is resumed", () => {
    const ways = {
      "resumed-back": "going-back",
      "resumed-forward": "running",
      "recovery-resumed-back": "recovery-going-back",
      "recovery-resumed-forward": "recovering",
    };
    expect(events.filter((event) => deploymentTransitions["needs-person"][event] !== null)).toEqual(Object.keys(ways));
    expect(deploymentTransitions["needs-person"]).toMatchObject(ways);
    for (const state of states.filter((each) => each !== "needs-person")) {
      for (const way of Object.keys(ways)) expect(deploymentTransitions[state]).toMatchObject({ [way]: null });
    }
  });

  it("turn forward again from going back only when users were seen on the new release", () => {
    const forward = events.filter((event) => deploymentTransitions["going-back"][event] === "running");
    expect(forward).toEqual(["seen-reopened"]);
  });

  it("take users back only from where they can be on the new release", () => {
    const from = states.filter((state) => deploymentTransitions[state].recover !== null);
    expect(from).toEqual(["running", "settling"]);
    expect(new Set(from.map((state) => deploymentTransitions[state].recover))).toEqual(new Set(["recovering"]));
  });

  it("never lead from a recovery to the new release, or to old and intact, without a person", () => {
    const alone = events.filter((event) => !event.includes("resumed"));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...alone)), (path) => {
        const seen = follow(path);
        const began = seen.indexOf("recovering");
        if (began === -1) return;
        for (const state of ["running", "settling", "settled", "going-back", "old-intact"] as const) {
          expect(seen.slice(began)).not.toContain(state);
        }
      }),
    );
  });

  it("once users are back take nothing back, and settle or need a person", () => {
    const next = new Set(events.flatMap((event) => deploymentTransitions.recovered[event] ?? []));
    expect([...next].sort()).toEqual(["needs-person", "recovery-settled"]);
  });

  it("reach an end or stand still from everywhere", () => {
    for (const state of states) {
      const next = events.flatMap((event) => deploymentTransitions[state][event] ?? []);
      expect(next.length > 0 || isResting(state)).toBe(true);
    }
  });

  it("have a worker for everything but ends and standstill", () => {
    expect([...claimableStates].sort()).toEqual(states.filter((state) => !finalStates.includes(state) && state !== "needs-person").sort());
  });

  it("hold the environment exactly while something can still happen to it", () => {
    expect([...activeStates].sort()).toEqual(states.filter((state) => outcomeOf(state) === "running" || state === "needs-person").sort());
  });
});

describe("the way on from needing a person", () => {
  it("is back before users were let in, forward afterwards; a record that can't tell is left to the worker", () => {
    expect(resumedEvent({ reopened: false, ledgerBehind: false, recovery: null })).toBe("resumed-back");
    expect(resumedEvent({ reopened: true, ledgerBehind: false, recovery: null })).toBe("resumed-forward");
    expect(resumedEvent({ reopened: false, ledgerBehind: true, recovery: null })).toBe("resumed-forward");
  });

  it("in a recovery is told by the recovery's own reopening", () => {
    const past = { reopened: true, ledgerBehind: false };
    expect(resumedEvent({ ...past, recovery: { reopened: false } })).toBe("recovery-resumed-back");
    expect(resumedEvent({ ...past, recovery: { reopened: true } })).toBe("recovery-resumed-forward");
    expect(resumedEvent({ reopened: false, ledgerBehind: true, recovery: { reopened: false } })).toBe("recovery-resumed-forward");
  });

  it("is told by a step that is done and ended the hold", () => {
    const run = (state: ItemRun["state"], output: ItemRun["output"]): ItemRun => ({ state, output }) as ItemRun;
    expect(hasReopened([run("done", { hold: "ended" })])).toBe(true);
    for (const other of [run("started", { hold: "ended" }), run("done", { hold: "started" }), run("done", null), run("done", ["hold"])]) {
      expect(hasReopened([other])).toBe(false);
    }
  });
});
