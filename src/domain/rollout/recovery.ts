import { PlimsollError } from "../shared/errors.ts";
import type { Plan } from "../plan/plan.ts";
import { hasReopened, type Deployment, type ItemRun } from "./deployment.ts";

/** A deployment runs the items of its plan, and after reopening perhaps those of the plan's recovery. */
export type PlanPart = "plan" | "recovery";

/** What of a deployment's record tells whether a recovery leads back from it. */
export interface RecoverableRecord {
  readonly deployment: Deployment;
  /** Number of the plan's own items, and of its recovery's. */
  readonly items: number;
  readonly recoveryItems: number;
  /** Users are, or were, on the new release. */
  readonly reopened: boolean;
  /** The plan's last item was begun: what the way back needs may be gone. */
  readonly lastBegun: boolean;
}

/** Position of the first item of the recovery; the plan's own items lie before it. */
export function boundaryOf(plan: Plan): number {
  return plan.items.length;
}

/** The part that a deployment is in. Standing still, and in the states of the plan, its position tells. */
export function partOf(deployment: Pick<Deployment, "state" | "position">, boundary: number): PlanPart {
  switch (deployment.state) {
    case "recovering":
    case "recovery-going-back":
    case "recovered":
    case "recovery-settled":
      return "recovery";
    case "needs-person":
      return deployment.position >= boundary ? "recovery" : "plan";
    default:
      return "plan";
  }
}

/** The executions of one part's items. */
export function runsOf(runs: readonly ItemRun[], part: PlanPart, boundary: number): ItemRun[] {
  return runs.filter((run) => run.position >= boundary === (part === "recovery"));
}

/** Were users let in by a part, as far as the record of its items shows? */
export function hasReopenedIn(runs: readonly ItemRun[], part: PlanPart, boundary: number): boolean {
  return hasReopened(runsOf(runs, part, boundary));
}

/** Do users wait since a step of a part, as far as the record of its items shows? */
export function holdsIn(runs: readonly ItemRun[], part: PlanPart, boundary: number): boolean {
  if (hasReopenedIn(runs, part, boundary)) return false;
  const latest = new Map<number, ItemRun>();
  for (const run of runsOf(runs, part, boundary)) {
    if ((latest.get(run.position)?.attempt ?? 0) < run.attempt) latest.set(run.position, run);
  }
  return [...latest.values()].some(
    ({ state, output }) =>
      (state === "done" || state === "undoing") &&
      typeof output === "object" &&
      output !== null &&
      !Array.isArray(output) &&
      (output as { readonly hold?: unknown }).hold === "started",
  );
}

/** Was the last of a plan's own items begun? */
export function lastItemBegun(runs: readonly ItemRun[], boundary: number): boolean {
  return runs.some((run) => run.position === boundary - 1);
}

/** @throws CONFLICT naming the boundary that was passed, or not reached yet */
export function requireRecoverable({ deployment, items, recoveryItems, reopened, lastBegun }: RecoverableRecord): void {
  const { id, change, state, recoveryWish } = deployment;
  const refuse = (message: string, why: string, fix: string): never => {
    throw new PlimsollError("CONFLICT", message, { why, fix, facts: { deployment: id, change, state } });
  };
  switch (state) {
    case "settled":
      return refuse(
        `${change} can't be recovered any more: it settled${deployment.endedAt === null ? "" : ` at ${deployment.endedAt}`}.`,
        "The hold horizon is over, and what the way back needs was kept until then.",
        "Restore a backup beside the environment, or go forward with a new change.",
      );
    case "old-intact":
      return refuse(
        `${change} has nothing to recover from.`,
        "It went back before users were on the new release: the environment is what it was.",
        `See why: plimsoll change show ${change}`,
      );
    case "recovering":
    case "recovery-going-back":
      return refuse(`${change} is being recovered.`, "One recovery is enough.", `Watch it: plimsoll change watch ${change}`);
    case "recovered":
    case "recovery-settled":
      return refuse(
        `${change} was recovered.`,
        "Users are on the old release again, and a rollback is never rolled back.",
        "Go forward: create a new change.",
      );
    case "needs-person":
      if (deployment.position >= items && recoveryItems > 0) {
        return refuse(
          `The recovery of ${change} has begun and stands still.`,
          deployment.reason ?? "It gave no reason.",
          `Look at it, then have it go on: plimsoll change resume ${change} --reason "…"`,
        );
      }
      break;
    default:
  }
  if (!reopened) {
    const standsStill = state === "needs-person";
    return refuse(
      `${change} has not reopened: users aren't on the new release.`,
      "Until then going back is what undoes it, and nothing is lost.",
      standsStill
        ? `Have it go on, it goes back: plimsoll change resume ${change} --reason "…"`
        : `Abort it: plimsoll change abort ${change} --reason "…"`,
    );
  }
  if (lastBegun) {
    return refuse(
      `${change} can't be recovered any more: it is settling now.`,
      "The hold horizon is over, and what the way back needs is being cleared away.",
      "Restore a backup beside the environment, or go forward with a new change.",
    );
  }
  if (recoveryItems === 0) {
    return refuse(
      `The plan of ${change} has no way back after reopening.`,
      "What runs is what was approved, and no recovery was.",
      "Go forward with a new change, or restore a backup.",
    );
  }
  if (recoveryWish !== null && state !== "needs-person") {
    return refuse(
      `${recoveryWish.actor} has asked for the recovery of ${change} already.`,
      "It begins as soon as a worker has it.",
      `Watch it: plimsoll change watch ${change}`,
    );
  }
}
