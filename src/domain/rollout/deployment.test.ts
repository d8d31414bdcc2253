import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeStates, deploymentTransitions, isResting, outcomeOf, type DeploymentEvent, type DeploymentState } from "./deployment.ts";

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
    for (const state of ["settled", "old-intact"] as const) {
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

  it("reach an end or stand still from everywhere", () => {
    for (const state of states) {
      const next = events.flatMap((event) => deploymentTransitions[state][event] ?? []);
      expect(next.length > 0 || isResting(state)).toBe(true);
    }
  });

  it("hold the environment exactly while something can still happen to it", () => {
    expect([...activeStates].sort()).toEqual(states.filter((state) => outcomeOf(state) === "running" || state === "needs-person").sort());
  });
});
