import { describe, expect, it } from "vitest";
import { oldRelease } from "../../../test/conformance/sample-facts.ts";
import type { ChangeView } from "../../http/contract/changes.ts";
import type { DeploymentItem, DeploymentView } from "../../http/contract/deployments.ts";
import { changeTable, changeText } from "./change-text.ts";
import { deploymentText } from "./deployment-text.ts";
import { outcomeOfDeployment } from "./outcome-text.ts";

type Outcome = DeploymentView["outcome"];

function change(kind: string, outcome: Outcome | null): ChangeView {
  const none = { planDigest: null, approvedDigest: null, approvedBy: null, plannedClass: null, observedClass: null, trouble: null };
  return {
    id: "C-2",
    kind,
    state: "done",
    environment: "acme-production",
    release: "2026-02",
    reason: "",
    requestedBy: "anna",
    createdAt: "2026-01-15T02:00:00.000Z",
    agreedRemovals: { tables: [], columns: [], records: [], modules: [] },
    ...none,
    deployment: "D-1",
    outcome,
    recovery: null,
    next: null,
  };
}

function deployment(last: string, outcome: Outcome): DeploymentView {
  const none = { startedAt: null, endedAt: null, elapsedMs: null, expectedMs: null, progress: null, progressMessage: null };
  const items = ["claim", last].map((id, position): DeploymentItem => ({
    position,
    part: "plan",
    type: "step",
    id,
    sentence: "",
    state: "done",
    attempts: 1,
    verdict: null,
    error: null,
    ...none,
  }));
  return {
    id: "D-1",
    change: "C-2",
    environment: "acme-production",
    release: "2026-02",
    planDigest: oldRelease.digest,
    state: outcome === "new-and-verified" ? "settled" : "old-intact",
    outcome,
    reason: null,
    trouble: null,
    plannedClass: "K3",
    observedClass: "K3",
    abortRequested: false,
    recoveryWish: null,
    recovery: { kind: "none-needed", sentence: "" },
    position: 2,
    worker: null,
    holdStartedAt: null,
    holdEndedAt: null,
    holdMs: null,
    predictedHoldMs: 0,
    createdAt: "2026-01-15T02:00:00.000Z",
    endedAt: null,
    elapsedMs: 1_000,
    items,
  };
}

describe("outcome of a rehearsal, for people", () => {
  it.each([
    ["rehearsal", "new-and-verified", "rehearsed"],
    ["rehearsal", "old-and-intact", "rehearsal failed"],
    ["rehearsal", "needs-person", "needs-person"],
    ["release", "new-and-verified", "new-and-verified"],
    ["release", "old-and-intact", "old-and-intact"],
  ] as const)("of a %s that is %s: %s", (kind, outcome, words) => {
    const view = change(kind, outcome);
    expect(changeText(view)).toMatch(new RegExp(`^Outcome: +${words}$`, "m"));
    expect(changeTable([view], false)).toMatch(new RegExp(` ${words} +D-1`));
    expect(outcomeOfDeployment(deployment(kind === "rehearsal" ? "report-rehearsal" : "settle", outcome))).toBe(words);
  });

  it("is none before anything ran", () => {
    expect(changeText(change("rehearsal", null))).not.toContain("Outcome");
    expect(changeTable([change("rehearsal", null)], false)).toContain("–");
  });

  it("says nothing of new, old or going back where the deployment is shown", () => {
    const text = (last: string, outcome: Outcome): string => deploymentText(deployment(last, outcome));
    expect(text("report-rehearsal", "new-and-verified")).toMatch(/Outcome: +rehearsed: it went through on a copy/);
    expect(text("report-rehearsal", "old-and-intact")).toMatch(/Outcome: +rehearsal failed/);
    expect(text("settle", "new-and-verified")).toMatch(/Outcome: +new and verified/);
  });
});
