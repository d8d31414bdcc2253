import type { Plan } from "../domain/plan/plan.ts";
import {
  boundaryOf,
  hasReopenedIn,
  lastItemBegun,
  partOf,
  refusalToRecover,
  runsOf,
  type RecoverableRecord,
} from "../domain/rollout/recovery.ts";
import type { Deployment, ItemRun } from "../domain/rollout/deployment.ts";
import type { StoreReads } from "./ports/store.ts";

const eventsMax = 10_000;

/** What record, plan and clock say of the way back from a deployment. */
export async function recoverableRecord(store: StoreReads, deployment: Deployment, plan: Plan, now: string): Promise<RecoverableRecord> {
  const boundary = boundaryOf(plan);
  const runs = await store.itemRuns(deployment.id);
  const events = await store.events({ deployment: deployment.id, limit: eventsMax });
  return {
    deployment,
    items: boundary,
    recoveryItems: plan.recovery.items?.length ?? 0,
    reopened: events.some(({ type }) => type === "deployment.new-and-verified") || hasReopenedIn(runs, "plan", boundary),
    lastBegun: lastItemBegun(runs, boundary),
    clock: { now, kind: plan.recovery.kind, keptUntil: keptUntilOf(plan, runs) },
  };
}

/** End of the hold horizon, counted from when users were let in; null: the record doesn't say when that was, or the plan for how long. */
function keptUntilOf(plan: Plan, runs: readonly ItemRun[]): string | null {
  const done = runsOf(runs, "plan", boundaryOf(plan)).filter(({ state }) => state === "done");
  const said = (step: string, key: string): unknown => memberOf(done.findLast(({ item }) => item === step)?.output, key);
  const since = said("reopen", "reopenedAt") ?? said("switch-traffic", "switchedAt");
  const horizonMs = memberOf(plan.items.findLast(({ id }) => id === "settle")?.input, "horizonMs");
  if (typeof since !== "string" || typeof horizonMs !== "number") return null;
  const at = Date.parse(since) + horizonMs;
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
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
export async function recoveryStateOf(store: StoreReads, deployment: Deployment, now: string): Promise<RecoveryState | null> {
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
  const record = await recoverableRecord(store, deployment, plan, now);
  if (refusalToRecover(record) !== null) return null;
  return of("possible", { reason: null, until: record.clock?.keptUntil ?? deployment.wakeAt });
}
