import type { ChangeView, PlanView } from "../../http/contract/changes.ts";
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
    ["Outcome", change.outcome],
    ["Next", change.next],
  ]);
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
      change.outcome ?? "–",
      change.deployment ?? "–",
      ...(wide ? [change.createdAt, change.requestedBy, change.planDigest ?? "–", change.reason] : []),
    ]),
  );
}

export function planText(plan: PlanView): string {
  return [...plan.sentences, "", `Digest: ${plan.digest}`].join("\n");
}
