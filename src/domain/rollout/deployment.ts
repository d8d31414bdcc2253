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
 */
export type DeploymentState = "queued" | "running" | "going-back" | "settling" | "settled" | "old-intact" | "needs-person";

export type DeploymentEvent = "start" | "item-failed" | "reopened" | "undone" | "undo-stuck" | "settled" | "resumed-by-person";

const refuse = null;

/** The total transition table; `null` refuses. Invariants: src/engine/SPEC.md. */
export const deploymentTransitions: Record<DeploymentState, Record<DeploymentEvent, DeploymentState | null>> = {
  queued: {
    start: "running",
    "item-failed": refuse,
    reopened: refuse,
    undone: "old-intact",
    "undo-stuck": refuse,
    settled: refuse,
    "resumed-by-person": refuse,
  },
  running: {
    start: "running",
    "item-failed": "going-back",
    reopened: "settling",
    undone: refuse,
    "undo-stuck": "needs-person",
    settled: "settled",
    "resumed-by-person": refuse,
  },
  "going-back": {
    start: "going-back",
    "item-failed": "going-back",
    reopened: refuse,
    undone: "old-intact",
    "undo-stuck": "needs-person",
    settled: refuse,
    "resumed-by-person": refuse,
  },
  settling: {
    start: refuse,
    "item-failed": refuse,
    reopened: refuse,
    undone: refuse,
    "undo-stuck": "needs-person",
    settled: "settled",
    "resumed-by-person": refuse,
  },
  settled: {
    start: refuse,
    "item-failed": refuse,
    reopened: refuse,
    undone: refuse,
    "undo-stuck": refuse,
    settled: refuse,
    "resumed-by-person": refuse,
  },
  "old-intact": {
    start: refuse,
    "item-failed": refuse,
    reopened: refuse,
    undone: refuse,
    "undo-stuck": refuse,
    settled: refuse,
    "resumed-by-person": refuse,
  },
  "needs-person": {
    start: refuse,
    "item-failed": refuse,
    reopened: refuse,
    undone: refuse,
    "undo-stuck": refuse,
    settled: refuse,
    "resumed-by-person": "going-back",
  },
};

/** States in which a deployment has its environment for itself (invariant S5). */
export const activeStates: readonly DeploymentState[] = ["queued", "running", "going-back", "needs-person"];

/** States that need no more work from a worker until a timer or a person. */
export function isResting(state: DeploymentState): boolean {
  return state === "settling" || state === "settled" || state === "old-intact" || state === "needs-person";
}

export type Outcome = "new-and-verified" | "old-and-intact" | "needs-person" | "running";

export function outcomeOf(state: DeploymentState): Outcome {
  switch (state) {
    case "settling":
    case "settled":
      return "new-and-verified";
    case "old-intact":
      return "old-and-intact";
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
  readonly leaseOwner: string | null;
  readonly beat: number;
  readonly wakeAt: string | null;
  readonly reason: string | null;
  readonly observedClass: string | null;
  readonly abortRequested: boolean;
  readonly holdStartedAt: string | null;
  readonly holdEndedAt: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
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

/** Can some event lead from one state to the other, or is it the same (a move of the position alone)? */
export function reachable(from: DeploymentState, to: DeploymentState): boolean {
  return from === to || Object.values(deploymentTransitions[from]).includes(to);
}
