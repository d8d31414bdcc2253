import type { Plan } from "../domain/plan/plan.ts";
import {
  boundaryOf,
  hasReopenedIn,
  partOf,
  lastItemBegun,
  requireRecoverable,
  type RecoverableRecord,
} from "../domain/rollout/recovery.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { StoreReads } from "./ports/store.ts";

const eventsMax = 10_000;

/** What the record says of the way back from a deployment. */
export async function recoverableRecord(store: StoreReads, deployment: Deployment, plan: Plan): Promise<RecoverableRecord> {
  const boundary = boundaryOf(plan);
  const runs = await store.itemRuns(deployment.id);
  const events = await store.events({ deployment: deployment.id, limit: eventsMax });
  return {
    deployment,
    items: boundary,
    recoveryItems: plan.recovery.items?.length ?? 0,
    reopened: events.some(({ type }) => type === "deployment.new-and-verified") || hasReopenedIn(runs, "plan", boundary),
    lastBegun: lastItemBegun(runs, boundary),
  };
}

/** @returns null when a recovery may be asked for, or why not */
export function refusalToRecover(record: RecoverableRecord): PlimsollError | null {
  try {
    requireRecoverable(record);
    return null;
  } catch (error) {
    if (error instanceof PlimsollError) return error;
    throw error;
  }
}

export interface RecoveryState {
  readonly state: "possible" | "asked" | "running" | "standing" | "recovered";
  readonly kind: Plan["recovery"]["kind"];
  readonly sentence: string;
  readonly reason: string | null;
  /** Until when it is possible; null: not known yet, or it has begun. */
  readonly until: string | null;
}

/** @returns null when users aren't on the new release, or the plan knows no way back from there */
export async function recoveryStateOf(store: StoreReads, deployment: Deployment): Promise<RecoveryState | null> {
  const plan = await store.plan(deployment.planDigest);
  if (plan === null || (plan.recovery.items ?? []).length === 0) return null;
  const { kind, sentence } = plan.recovery;
  const reason = deployment.recoveryWish?.reason ?? null;
  const of = (state: RecoveryState["state"], more: Partial<RecoveryState> = {}): RecoveryState => {
    return { state, kind, sentence, reason, until: null, ...more };
  };
  switch (deployment.state) {
    case "recovering":
    case "recovery-going-back":
      return of("running", { reason: reason ?? deployment.reason });
    case "recovered":
    case "recovery-settled":
      return of("recovered", { reason: reason ?? deployment.reason });
    default:
  }
  if (deployment.state === "needs-person" && partOf(deployment, boundaryOf(plan)) === "recovery") return of("standing");
  const mayBeAsked = deployment.state === "running" || deployment.state === "settling" || deployment.state === "needs-person";
  if (!mayBeAsked) return null;
  if (deployment.recoveryWish !== null && deployment.state !== "needs-person") return of("asked");
  const refusal = refusalToRecover(await recoverableRecord(store, deployment, plan));
  return refusal === null ? of("possible", { reason: null, until: deployment.wakeAt }) : null;
}
