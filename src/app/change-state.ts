import type { Change } from "../domain/change/change.ts";
import { PlimsollError } from "../domain/shared/errors.ts";

/** @throws DEPLOYMENT_RUNNING, or CONFLICT when the change has ended */
export function requireNotBegun(change: Change): void {
  if (change.state === "draft" || change.state === "planned" || change.state === "approved") return;
  if (change.state === "running" || change.state === "needs-person") throw alreadyRunning(change);
  const how = { done: "is done", undone: "was gone back on", cancelled: "was cancelled", recovered: "was recovered" }[change.state];
  throw new PlimsollError("CONFLICT", `${change.id} ${how}.`, {
    why: "A change runs at most once, so that its record tells one story.",
    fix: `Create a new one: plimsoll change create --environment ${change.spec.environment} --release ${change.spec.release}`,
    facts: { change: change.id, state: change.state },
  });
}

export const requirePlannable: (change: Change) => void = requireNotBegun;

export function alreadyRunning(change: Change): PlimsollError {
  return new PlimsollError(
    "DEPLOYMENT_RUNNING",
    `${change.id} runs already${change.deployment === null ? "" : ` as ${change.deployment}`}.`,
    {
      ...(change.state === "needs-person" ? { why: "It stands still, safe, and needs a person." } : {}),
      fix: `Watch it: plimsoll change watch ${change.id}`,
      liftedBy:
        change.state === "needs-person"
          ? `a person who looks at it and has it go on: plimsoll change resume ${change.id} --reason "…"`
          : `the end of ${change.deployment ?? "its deployment"}, or plimsoll change abort ${change.id}`,
      facts: { change: change.id, deployment: change.deployment },
    },
  );
}
