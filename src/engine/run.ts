import type { Capabilities } from "../app/ports/capability.ts";
import type { EnvironmentRecord, Fence } from "../app/ports/store.ts";
import type { Plan, PlanItem } from "../domain/plan/plan.ts";
import type { Deployment, ItemRun } from "../domain/rollout/deployment.ts";
import { boundaryOf, hasReopenedIn, holdsIn, partOf, runsOf, type PlanPart } from "../domain/rollout/recovery.ts";
import type { Digest } from "../domain/shared/digest.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { ownLeaseShare, pause, type EngineWorld } from "./engine-world.ts";
import type { Beats } from "./heart.ts";
import type { Write } from "./ledger-write.ts";

/** Why the item that runs was told to stop. */
export type Interruption = "superseded" | "stale" | "abort" | "recovery" | "stop";

/** One worker's stretch of work on one deployment, under one epoch. */
export interface Run {
  readonly world: EngineWorld;
  readonly fence: Fence;
  readonly beats: Beats;
  readonly environment: EnvironmentRecord;
  readonly capabilities: Capabilities;
  plan: Plan;
  /** What the ledger said last. */
  deployment: Deployment;
  runs: readonly ItemRun[];
  /** Digest that was approved, as the ledger says now. */
  approvedDigest: Digest | null;
  /** It was begun under an earlier epoch, and nothing was applied under this one yet. */
  takenOver: boolean;
  /** The store is older than the world (it was restored): every step is observed before it is applied. */
  behind: boolean;
  /** Its record says that it was new and verified once: a person had it go on since. */
  wasNewAndVerified: boolean;
  /** Its record says that it was recovered: a person had it go on since. */
  wasRecovered: boolean;
  /** Why its recovery began, as far as the record shows. */
  recoveryReason: string | null;
  /** Undos run: a ledger that can't be written no longer stops us (S10). */
  goingBack: boolean;
  interruption: Interruption | null;
  /** Aborts the item that runs now. */
  control: AbortController | null;
  /** What the ledger could not take while going back, in order. */
  unwritten: Write[];
  /** The process wants to end. */
  stopRequested: boolean;
  abortRefusalRecorded: boolean;
  /** Plan and record are read and earlier epochs ended: from here the run knows what there is to undo. */
  ready: boolean;
  /** An item was told to stop and didn't: nothing else may act under this epoch. */
  stuck: boolean;
}

/** Has the run lost the right to act? Superseded always; stale unless it is going back, where the tenant's lock is the fence. */
export function isOver(run: Run): boolean {
  look(run);
  return run.interruption === "superseded" || (run.interruption === "stale" && !run.goingBack);
}

/** Looks at the lease, and interrupts what runs when it is gone. */
export function look(run: Run): void {
  if (run.beats.superseded()) interrupt(run, "superseded");
  else if (run.beats.ageMs() > run.world.limits.ttlMs * ownLeaseShare && !run.goingBack) interrupt(run, "stale");
}

export function interrupt(run: Run, why: Interruption): void {
  // What was lost stays lost, whatever a person or the process wants after it.
  if (run.interruption === "superseded" || run.interruption === why) return;
  if (run.interruption === "stale" && why !== "superseded") return;
  run.interruption = why;
  run.control?.abort(reasonOf(run, why));
}

/** Watches the lease until the signal aborts; often enough that children stop long before anybody takes over. */
export async function watchLease(run: Run, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    look(run);
    await pause(run.world.clock, run.world.limits.ttlMs / 10, over);
  }
}

/** A control for the next item, aborted at once when the run is interrupted already. */
export function newControl(run: Run): AbortController {
  const control = new AbortController();
  run.control = control;
  look(run);
  if (run.interruption !== null && !control.signal.aborted && (!run.goingBack || run.interruption === "superseded")) {
    control.abort(reasonOf(run, run.interruption));
  }
  return control;
}

/** The last look before an effect: a process that stood still between its claim on the item and here must not act. */
export function begin(run: Run, signal: AbortSignal): void {
  look(run);
  signal.throwIfAborted();
}

/** The latest execution of the item at a position. */
export function latestRun(runs: readonly ItemRun[], position: number): ItemRun | undefined {
  return runs
    .filter((item) => item.position === position)
    .reduce<ItemRun | undefined>((a, b) => (a === undefined || b.attempt > a.attempt ? b : a), undefined);
}

/** Was the item at a position begun, and not taken back? */
export function isOpen(run: Run, position: number): boolean {
  const latest = latestRun(run.runs, position);
  return latest !== undefined && latest.state !== "undone";
}

/** Which items are executed or taken back now: the plan's own, or those of its recovery. */
export function currentPart(run: Run): PlanPart {
  return partOf(run.deployment, boundaryOf(run.plan));
}

export function partAt(run: Run, position: number): PlanPart {
  return position >= boundaryOf(run.plan) ? "recovery" : "plan";
}

/** The positions of a part: from `first` to before `end`. */
export function boundsOf(run: Run, part: PlanPart): { readonly first: number; readonly end: number } {
  const boundary = boundaryOf(run.plan);
  return part === "plan" ? { first: 0, end: boundary } : { first: boundary, end: boundary + (run.plan.recovery.items ?? []).length };
}

/** The item at the deployment's position; undefined behind the last of its part. */
export function itemNow(run: Run): PlanItem | undefined {
  const { position } = run.deployment;
  const boundary = boundaryOf(run.plan);
  return currentPart(run) === "plan" ? run.plan.items[position] : run.plan.recovery.items?.[position - boundary];
}

/** Users wait at the gateway, as far as the record shows. */
export function isHolding(run: Run): boolean {
  if (currentPart(run) === "plan") return run.deployment.holdStartedAt !== null && run.deployment.holdEndedAt === null;
  // The deployment's own times are those of the change: what a recovery holds shows in its items.
  return !isReopened(run) && holdsIn(run.runs, "recovery", boundaryOf(run.plan));
}

/**
 * Users were let in by the part that is executed now: from here going back would lose what they write, or put them on a release
 * that failed them, so nothing goes back by itself.
 */
export function isReopened(run: Run): boolean {
  const part = currentPart(run);
  const recorded = hasReopenedIn(run.runs, part, boundaryOf(run.plan));
  if (part === "plan") return run.deployment.state === "settling" || run.wasNewAndVerified || recorded;
  return run.deployment.state === "recovered" || run.wasRecovered || recorded;
}

/** A person wants it back, users are on the new release, and the plan knows the way. */
export function wantsRecovery(run: Run, { recoveryWish }: Deployment = run.deployment): boolean {
  return recoveryWish !== null && currentPart(run) === "plan" && isReopened(run) && (run.plan.recovery.items ?? []).length > 0;
}

/** Was a recovery begun before, whatever became of it? */
export function recoveryBegan(run: Run): boolean {
  return runsOf(run.runs, "recovery", boundaryOf(run.plan)).length > 0;
}

export function outputMember(output: unknown, key: string): unknown {
  return typeof output === "object" && output !== null && !Array.isArray(output) ? (output as Record<string, unknown>)[key] : undefined;
}

function reasonOf(run: Run, why: Interruption): PlimsollError {
  if (why === "abort") return new PlimsollError("CANCELLED", "The deployment is being aborted.");
  if (why === "recovery") return new PlimsollError("CANCELLED", "The deployment is being recovered.");
  if (why === "stop") return new PlimsollError("CANCELLED", "The worker is being stopped.");
  return new PlimsollError("LEASE_LOST", `This worker no longer has deployment ${run.deployment.id}.`, {
    why: why === "stale" ? "Its beats don't reach the ledger." : "Another worker took it over.",
  });
}
