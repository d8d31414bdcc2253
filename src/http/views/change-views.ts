import type { Change } from "../../domain/change/change.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { RecoveryState } from "../../app/recoverable.ts";
import type { ChangeInContext } from "../../app/queries/show-change.ts";
import type { ChangeView, PlanView, RecoveryView } from "../contract/changes.ts";
import { outcomeOfState } from "./deployment-views.ts";
import { plannedClass, planSentences } from "./plan-sentences.ts";
import { resumeCommand, troubleView } from "./trouble-view.ts";

export function changeView({ change, plan, deployment, trouble, recovery }: ChangeInContext): ChangeView {
  return {
    id: change.id,
    kind: change.kind,
    state: change.state,
    environment: change.spec.environment,
    release: change.spec.release,
    reason: change.reason,
    requestedBy: change.requestedBy,
    createdAt: change.createdAt,
    agreedRemovals: change.spec.agreedRemovals,
    planDigest: change.planDigest,
    approvedDigest: change.approvedDigest,
    approvedBy: change.approvedBy,
    deployment: change.deployment,
    outcome: deployment === null ? null : outcomeOfState[deployment.state],
    plannedClass: plan === null ? null : plannedClass(plan),
    observedClass: deployment?.observedClass ?? null,
    trouble: troubleView(change.id, trouble),
    recovery: recovery === null ? null : recoveryView(change.id, recovery),
    next: nextCommand(change),
  };
}

function recoveryView(change: string, { state, kind, sentence, reason, until }: RecoveryState): RecoveryView {
  if (state !== "possible") return { state, sentence, reason, command: null };
  const bound = until === null ? "" : ` Possible until ${until}.`;
  const receipt = kind === "swap-back" ? ` --receipt DIGEST` : "";
  return { state, sentence: `${sentence}${bound}`, reason, command: `plimsoll change recover ${change} --reason "…"${receipt}` };
}

export function planView(digest: Digest, plan: Plan): PlanView {
  return { digest, plan, sentences: planSentences(plan) };
}

function nextCommand(change: Change): string | null {
  switch (change.state) {
    case "draft":
      return `plimsoll change plan ${change.id}`;
    case "planned":
      return `plimsoll change approve ${change.id} --digest ${change.planDigest ?? ""}`;
    case "approved":
      return `plimsoll change run ${change.id} --watch`;
    case "running":
      return `plimsoll change watch ${change.id}`;
    case "needs-person":
      return resumeCommand(change.id);
    default:
      return null;
  }
}
