import type { ChangeView, PlanView } from "../../http/contract/changes.ts";
import { outcomeOfChange } from "./outcome-text.ts";
import { fields, table } from "./table.ts";

export function changeText(change: ChangeView): string {
  const agreed = Object.entries(change.agreedRemovals).flatMap(([kind, names]: [string, readonly string[]]) =>
    names.length === 0 ? [] : [`${kind}: ${names.join(", ")}`],
  );
  return fields([
    ["Change", `${change.id} (${change.kind}), ${change.state}`],
    ["Takes", `${change.environment} to ${change.release}`],
    ["Reason", change.reason === "" ? null : change.reason],
    ["Requested", `${change.createdAt} by ${change.requestedBy}`],
    ["May drop", agreed.length === 0 ? null : agreed.join("; ")],
    [
      "Class",
      change.plannedClass === null
        ? null
        : `${change.plannedClass} planned${change.observedClass === null ? "" : `, ${change.observedClass} observed`}`,
    ],
    ["Plan", change.planDigest],
    ["Approved", change.approvedBy === null ? null : `by ${change.approvedBy}`],
    ["Deployment", change.deployment],
    ["Outcome", outcomeOfChange(change)],
    ["Recovery", change.recovery === null ? null : recoveryText(change.recovery)],
    ["Next", change.next],
  ]);
}

function recoveryText({ state, sentence, reason, command }: NonNullable<ChangeView["recovery"]>): string {
  if (command !== null) return `${state}. ${sentence} ${command}`;
  return reason === null ? state : `${state}, because: ${reason}`;
}

export function changeTable(changes: readonly ChangeView[], wide: boolean): string {
  return table(
    ["id", "state", "environment", "release", "class", "outcome", "deployment", ...(wide ? ["created", "by", "plan", "reason"] : [])],
    changes.map((change) => [
      change.id,
      change.state,
      change.environment,
      change.release,
      change.observedClass ?? change.plannedClass ?? "–",
      outcomeOfChange(change) ?? "–",
      change.deployment ?? "–",
      ...(wide ? [change.createdAt, change.requestedBy, change.planDigest ?? "–", change.reason] : []),
    ]),
  );
}

export function planText(plan: PlanView): string {
  return [...plan.sentences, "", `Digest: ${plan.digest}`].join("\n");
}
