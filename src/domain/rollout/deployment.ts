import type { Digest } from "../shared/digest.ts";
import type { Json } from "../shared/canonical-json.ts";
import type { Verdict } from "../verdict/verdict.ts";

/**
 * Where a deployment is.
 *
 * - `queued`: approved, not begun.
 * - `running`: its items are executed forward.
 * - `going-back`: an item failed before reopening; undos run, last first.
 * - `settling`: new and verified; the closed original waits for the end of the hold horizon.
 * - `settled`: new and verified; nothing is kept any more.
 * - `old-intact`: gone back; the environment is what it was.
 * - `needs-person`: stands still, safe, and says why.
 * - `recovering`: users were on the new release; the items of the plan's recovery are executed forward.
 * - `recovery-going-back`: a recovery item failed before the recovery's own reopening; its undos run, users stay on the new release.
 * - `recovered`: users are on the old release again; what the new one left is kept until the end of the hold horizon.
 * - `recovery-settled`: recovered; nothing is kept any more.
 */
export type DeploymentState =
  | "queued"
  | "running"
  | "going-back"
  | "settling"
  | "settled"
  | "old-intact"
  | "needs-person"
  | "recovering"
  | "recovery-going-back"
  | "recovered"
  | "recovery-settled";

export type DeploymentEvent =
  | "start"
  | "item-failed"
  | "reopened"
  | "undone"
  | "undo-stuck"
  | "settled"
  | "resumed-back"
  | "resumed-forward"
  | "seen-reopened"
  | "recover"
  | "recovery-failed"
  | "recovered"
  | "recovery-settled"
  | "recovery-resumed-back"
  | "recovery-resumed-forward";

/** Every event by name, refused: a row of the table says what it takes beyond that. */
const nothing: Record<DeploymentEvent, null> = {
  start: null,
  "item-failed": null,
  reopened: null,
  undone: null,
  "undo-stuck": null,
  settled: null,
  "resumed-back": null,
  "resumed-forward": null,
  "seen-reopened": null,
  recover: null,
  "recovery-failed": null,
  recovered: null,
  "recovery-settled": null,
  "recovery-resumed-back": null,
  "recovery-resumed-forward": null,
};

/** The total transition table; `null` refuses. Invariants: src/engine/SPEC.md. */
export const deploymentTransitions: Record<DeploymentState, Record<DeploymentEvent, DeploymentState | null>> = {
  queued: { ...nothing, start: "running", undone: "old-intact" },
  running: {
    ...nothing,
    start: "running",
    "item-failed": "going-back",
    reopened: "settling",
    "undo-stuck": "needs-person",
    settled: "settled",
    "seen-reopened": "running",
    recover: "recovering",
  },
  "going-back": {
    ...nothing,
    start: "going-back",
    "item-failed": "going-back",
    undone: "old-intact",
    "undo-stuck": "needs-person",
    "seen-reopened": "running",
  },
  settling: { ...nothing, "undo-stuck": "needs-person", settled: "settled", recover: "recovering" },
  settled: nothing,
  "old-intact": nothing,
  "needs-person": {
    ...nothing,
    "resumed-back": "going-back",
    "resumed-forward": "running",
    "recovery-resumed-back": "recovery-going-back",
    "recovery-resumed-forward": "recovering",
  },
  recovering: {
    ...nothing,
    start: "recovering",
    "undo-stuck": "needs-person",
    "seen-reopened": "recovering",
    "recovery-failed": "recovery-going-back",
    recovered: "recovered",
    "recovery-settled": "recovery-settled",
  },
  "recovery-going-back": {
    ...nothing,
    start: "recovery-going-back",
    "undo-stuck": "needs-person",
    "seen-reopened": "recovering",
    "recovery-failed": "recovery-going-back",
  },
  recovered: { ...nothing, "undo-stuck": "needs-person", "recovery-settled": "recovery-settled" },
  "recovery-settled": nothing,
};

/** States in which a deployment has its environment for itself (S5). */
export const activeStates: readonly DeploymentState[] = [
  "queued",
  "running",
  "going-back",
  "needs-person",
  "recovering",
  "recovery-going-back",
];

/** Users are served and something is kept until a moment comes: the environment is shared with others meanwhile. */
export const parkedStates: readonly DeploymentState[] = ["settling", "recovered"];

/** States in which a worker may have something to do, at once or when the time has come. */
export const claimableStates: readonly DeploymentState[] = [
  "queued",
  "running",
  "going-back",
  "recovering",
  "recovery-going-back",
  ...parkedStates,
];

/** States that nothing leads out of. */
export const finalStates: readonly DeploymentState[] = ["settled", "old-intact", "recovery-settled"];

/** States that need no more work from a worker until a timer or a person. */
export function isResting(state: DeploymentState): boolean {
  return parkedStates.includes(state) || finalStates.includes(state) || state === "needs-person";
}

export type Outcome = "new-and-verified" | "old-and-intact" | "needs-person" | "running" | "recovered";

export function outcomeOf(state: DeploymentState): Outcome {
  switch (state) {
    case "settling":
    case "settled":
      return "new-and-verified";
    case "old-intact":
      return "old-and-intact";
    case "recovered":
    case "recovery-settled":
      return "recovered";
    case "needs-person":
      return "needs-person";
    default:
      return "running";
  }
}

export interface Deployment {
  /** `D-12` */
  readonly id: string;
  readonly change: string;
  readonly environment: string;
  readonly host: string;
  readonly planDigest: Digest;
  readonly state: DeploymentState;
  /** Position of the item that runs or runs next. */
  readonly position: number;
  /** Fencing token: grows with every claim by a worker, per environment. */
  readonly epoch: number;
  /** The epoch in which it stood still when a person last had it go on; what later epochs try counts anew. 0: never. */
  readonly resumedEpoch: number;
  readonly leaseOwner: string | null;
  readonly beat: number;
  readonly wakeAt: string | null;
  readonly reason: string | null;
  readonly observedClass: string | null;
  readonly abortRequested: boolean;
  /** The recovery that a person asked for; null: none. */
  readonly recoveryWish: RecoveryWish | null;
  readonly holdStartedAt: string | null;
  readonly holdEndedAt: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** Who wants a deployment to be taken back after reopening, and which losses were read and agreed to. */
export interface RecoveryWish {
  readonly actor: string;
  readonly reason: string;
  /** Digest of the agreed loss receipt; null: nothing can be lost, as when only code was changed. */
  readonly receipt: Digest | null;
}

export type ItemRunState = "started" | "done" | "failed" | "undoing" | "undone";

/** One execution of one plan item by one worker. */
export interface ItemRun {
  readonly deployment: string;
  readonly position: number;
  readonly item: string;
  readonly type: "step" | "gate";
  readonly attempt: number;
  readonly epoch: number;
  readonly state: ItemRunState;
  readonly output: Json;
  readonly verdict: Verdict | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix?: string } | null;
  /** 0 to 1; null when it can't be said. */
  readonly progress: number | null;
  readonly progressMessage: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Named facts that the step or gate gave for the record. */
  readonly evidence?: Readonly<Record<string, Json>>;
}

/** Were users let in, as far as the record shows? From there on nothing goes back: they have written since. */
export function hasReopened(runs: readonly ItemRun[]): boolean {
  return runs.some(({ state, output }) => {
    if (state !== "done" || typeof output !== "object" || output === null || Array.isArray(output)) return false;
    return (output as { readonly hold?: Json }).hold === "ended";
  });
}

/** What the record of one that needs a person says of the way on. */
export interface StandstillPast {
  /** Users were let in by the plan's own items. */
  readonly reopened: boolean;
  readonly ledgerBehind: boolean;
  /** null: it stands still in the plan's own items. Otherwise: did its recovery let users in on the old release? */
  readonly recovery: { readonly reopened: boolean } | null;
}

export type ResumedEvent = "resumed-back" | "resumed-forward" | "recovery-resumed-back" | "recovery-resumed-forward";

/**
 * The way on from `needs-person`: back before reopening, forward after it; the same for a recovery and its own reopening. A
 * record that is older than the world can't tell which of the two it is; then the worker looks first, and both ways are open
 * from the forward one.
 */
export function resumedEvent({ reopened, ledgerBehind, recovery }: StandstillPast): ResumedEvent {
  if (recovery !== null) return recovery.reopened || ledgerBehind ? "recovery-resumed-forward" : "recovery-resumed-back";
  return reopened || ledgerBehind ? "resumed-forward" : "resumed-back";
}

/** Can some event lead from one state to the other, or is it the same (a move of the position alone)? */
export function reachable(from: DeploymentState, to: DeploymentState): boolean {
  return from === to || Object.values(deploymentTransitions[from]).includes(to);
}
