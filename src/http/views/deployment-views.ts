import type { Deployment, ItemRun, Outcome } from "../../domain/rollout/deployment.ts";
import type { DeploymentState } from "../../app/queries/show-deployment.ts";
import type { DeploymentItem, DeploymentView } from "../contract/deployments.ts";
import { plannedClass } from "./plan-sentences.ts";
import { troubleView } from "./trouble-view.ts";

/** In words of the promise: old and intact, or new and verified. */
export const outcomeOfState: Readonly<Record<Deployment["state"], Outcome>> = {
  queued: "running",
  running: "running",
  "going-back": "running",
  settling: "new-and-verified",
  settled: "new-and-verified",
  "old-intact": "old-and-intact",
  "needs-person": "needs-person",
  recovering: "running",
  "recovery-going-back": "running",
  recovered: "recovered",
  "recovery-settled": "recovered",
};

export function deploymentView(state: DeploymentState): DeploymentView {
  const { deployment, plan, now } = state;
  const { holdStartedAt, holdEndedAt } = deployment;
  return {
    id: deployment.id,
    change: deployment.change,
    environment: deployment.environment,
    release: plan.to.name,
    planDigest: deployment.planDigest,
    state: deployment.state,
    outcome: outcomeOfState[deployment.state],
    reason: deployment.reason,
    trouble: troubleView(deployment.change, state.trouble),
    plannedClass: plannedClass(plan),
    observedClass: deployment.observedClass,
    abortRequested: deployment.abortRequested,
    recoveryWish: deployment.recoveryWish,
    recovery: { kind: plan.recovery.kind, sentence: plan.recovery.sentence },
    position: deployment.position,
    worker: deployment.leaseOwner,
    holdStartedAt,
    holdEndedAt,
    holdMs: holdStartedAt === null ? null : between(holdStartedAt, holdEndedAt ?? now),
    predictedHoldMs: plan.predictedHoldMs.value,
    createdAt: deployment.createdAt,
    endedAt: deployment.endedAt,
    elapsedMs: between(deployment.createdAt, deployment.endedAt ?? now),
    items: [...plan.items, ...(plan.recovery.items ?? [])].map((item, position) => itemView(state, item, position)),
  };
}

function itemView(state: DeploymentState, item: DeploymentState["plan"]["items"][number], position: number): DeploymentItem {
  const runs = state.runs.filter((run) => run.position === position);
  const last: ItemRun | undefined = runs.at(-1);
  return {
    position,
    part: position < state.plan.items.length ? "plan" : "recovery",
    type: item.type,
    id: item.id,
    sentence: item.sentence,
    state: last?.state ?? "waiting",
    attempts: runs.length,
    startedAt: last?.startedAt ?? null,
    endedAt: last?.endedAt ?? null,
    elapsedMs: elapsedMs(last, state.now),
    expectedMs: state.expectedMs[item.id] ?? null,
    progress: last?.progress ?? null,
    progressMessage: last?.progressMessage ?? null,
    verdict: last?.verdict ?? null,
    error: last?.error ?? null,
  };
}

/** A step that was taken back ended when its undo did: that time says nothing about the step. */
function elapsedMs(run: ItemRun | undefined, now: string): number | null {
  if (run === undefined || run.state === "undone" || run.state === "undoing") return null;
  return between(run.startedAt, run.endedAt ?? now);
}

function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
