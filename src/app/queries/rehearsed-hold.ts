import { sameItems, type EarlierItems, type HoldMeasurements } from "../../domain/plan/hold-parts.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { Deployment, ItemRun } from "../../domain/rollout/deployment.ts";
import type { StoreReads } from "../ports/store.ts";

/** What this environment's earlier changes say about the next hold. */
export interface EarlierChanges {
  readonly items: EarlierItems;
  /** Of those that were rehearsed: how long users waited, as a share of what was predicted. */
  readonly deviations: readonly number[];
}

/** A change for which users waited, with its plan and its record. */
export interface HeldChange {
  readonly deployment: Pick<Deployment, "holdStartedAt" | "holdEndedAt">;
  readonly plan: Pick<Plan, "rehearsal" | "predictedHoldMs"> | null;
  readonly runs: readonly ItemRun[];
}

/** More than this are never looked through. */
const deploymentsMax = 200;
const heldMax = 8;

/** Items of a hold that a rehearsal doesn't run. */
const heldItems = ["drain", "fence", "swap", "reopen"] as const;
const itemsInHold: readonly string[] = [...heldItems, "checkpoint", ...sameItems];

export async function earlierChanges(store: StoreReads, environment: string): Promise<EarlierChanges> {
  const deployments = await store.deployments({ environment, states: ["settling", "settled"], limit: deploymentsMax });
  const held = deployments.filter(({ holdStartedAt, holdEndedAt }) => holdStartedAt !== null && holdEndedAt !== null).slice(0, heldMax);
  const changes = await Promise.all(
    held.map(async (deployment) => ({
      deployment,
      plan: await store.plan(deployment.planDigest),
      runs: await store.itemRuns(deployment.id),
    })),
  );
  return learntFrom(changes);
}

/** A hold in which a worker was lost says nothing about one in which none is. */
export function learntFrom(changes: readonly HeldChange[]): EarlierChanges {
  const undisturbed = changes.filter(
    ({ runs }) => new Set(runs.filter(({ item }) => itemsInHold.includes(item)).map(({ epoch }) => epoch)).size <= 1,
  );
  const items = Object.fromEntries(
    heldItems.map((item) => [item, undisturbed.flatMap(({ runs }) => durationOf(runs, item) ?? [])] as const),
  );
  const deviations = undisturbed.flatMap(({ deployment: { holdStartedAt, holdEndedAt }, plan }) => {
    if (holdStartedAt === null || holdEndedAt === null || plan === null) return [];
    const { rehearsal, predictedHoldMs } = plan;
    if (rehearsal === undefined || rehearsal === null || predictedHoldMs.value <= 0) return [];
    return [(Date.parse(holdEndedAt) - Date.parse(holdStartedAt)) / predictedHoldMs.value];
  });
  return { items, deviations };
}

/** @param reported what the step `report-rehearsal` put together: `clone`, `links`, `reading`, and `boot` where workers were tried */
export function measurementsOf(runs: readonly ItemRun[], reported: Readonly<Record<string, number>>): HoldMeasurements {
  const { clone = 0, links = 0, reading = 0, boot } = reported;
  return {
    // Without a record of it, what the step itself measured: its share of the record is then missing.
    items: Object.fromEntries(sameItems.map((item) => [item, durationOf(runs, item) ?? reported[item] ?? 0])),
    checkpoint: { clone, links, reading },
    bootMs: boot ?? null,
    betweenMs: betweenOf(runs),
  };
}

function betweenOf(runs: readonly ItemRun[]): number[] {
  return runs.flatMap((run) => {
    const next = runs.find((each) => each.position === run.position + 1 && each.attempt === 1 && each.epoch === run.epoch);
    if (run.state !== "done" || run.endedAt === null || next === undefined) return [];
    return [Math.max(0, Date.parse(next.startedAt) - Date.parse(run.endedAt))];
  });
}

function durationOf(runs: readonly ItemRun[], item: string): number | null {
  const run = runs.findLast((each) => each.item === item && each.state === "done" && each.endedAt !== null);
  return run === undefined || run.endedAt === null ? null : Date.parse(run.endedAt) - Date.parse(run.startedAt);
}
