import { PlimsollError } from "../shared/errors.ts";
import type { Plan } from "../plan/plan.ts";
import { recoveryChoice, type RecoveryChoice } from "../recovery/recovery-choice.ts";
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
  /** What plan and clock say; absent: the record alone counts, as under the ledger's locks, where time is no proof. */
  readonly clock?: {
    readonly now: string;
    readonly kind: Plan["recovery"]["kind"];
    /** End of the hold horizon; null: not known. */
    readonly keptUntil: string | null;
  };
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

/** The way back that fits what is on record. What `change receipt` says and what `change recover` does both come from here. */
export function wayBack({ deployment, recoveryItems, reopened, lastBegun, clock }: RecoverableRecord): RecoveryChoice {
  const { state } = deployment;
  return recoveryChoice({
    now: clock?.now ?? "",
    reopened: reopened ? { keptUntil: clock?.keptUntil ?? null, automaticUntil: null } : null,
    kind: clock?.kind ?? "swap-back",
    planned: recoveryItems > 0,
    dropped: lastBegun || state === "settled",
    recovered: state === "recovered" || state === "recovery-settled",
    by: "person",
  });
}

/** A way back that isn't there: beyond its boundary, or refused. */
export type NoWayBack = Extract<RecoveryChoice, { readonly action: "restore" | "refuse" }>;

export function noWayBack({ id, change, state }: Deployment, choice: NoWayBack): PlimsollError {
  return new PlimsollError("CONFLICT", `There is no way back from ${change}: ${lowerFirst(choice.sentence)}`, {
    fix: choice.fix,
    facts: { change, deployment: id, state, ...(choice.action === "restore" ? { boundary: choice.boundary } : {}) },
  });
}

/** @returns null when a recovery may be asked for; or why not: CONFLICT naming the boundary that was passed, or not reached yet */
export function refusalToRecover(record: RecoverableRecord): PlimsollError | null {
  const { deployment, items, recoveryItems } = record;
  const { id, change, state, recoveryWish } = deployment;
  const refusal = (message: string, text: { readonly why?: string; readonly fix: string }): PlimsollError =>
    new PlimsollError("CONFLICT", message, { ...text, facts: { deployment: id, change, state } });
  const watch = `Watch it: plimsoll change watch ${change}`;
  if (state === "recovering" || state === "recovery-going-back") {
    return refusal(`${change} is being recovered.`, { why: "One recovery is enough.", fix: watch });
  }
  if (state === "needs-person" && recoveryItems > 0 && partOf(deployment, items) === "recovery") {
    return refusal(`The recovery of ${change} has begun and stands still.`, {
      why: deployment.reason ?? "It gave no reason.",
      fix: `Look at it, then have it go on: plimsoll change resume ${change} --reason "…"`,
    });
  }
  const choice = wayBack(record);
  if (choice.action === "restore" || choice.action === "refuse") return noWayBack(deployment, choice);
  if (choice.action === "undo") {
    return refusal(`${change} has nothing to recover from: ${lowerFirst(choice.sentence)}`, { fix: insteadOf(deployment) });
  }
  if (recoveryWish === null || state === "needs-person") return null;
  return refusal(`${recoveryWish.actor} has asked for the recovery of ${change} already.`, {
    why: "It begins as soon as a worker has it.",
    fix: watch,
  });
}

/** @throws CONFLICT */
export function requireRecoverable(record: RecoverableRecord): void {
  const refusal = refusalToRecover(record);
  if (refusal !== null) throw refusal;
}

/** What undoes one whose users were never let in. */
function insteadOf({ change, state }: Deployment): string {
  if (state === "old-intact" || state === "going-back") return `See why: plimsoll change show ${change}`;
  return state === "needs-person"
    ? `Have it go on, it goes back: plimsoll change resume ${change} --reason "…"`
    : `Abort it: plimsoll change abort ${change} --reason "…"`;
}

function lowerFirst(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}
