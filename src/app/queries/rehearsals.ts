import type { Change } from "../../domain/change/change.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import { expiredBecause, groundOf, rehearsalAgeMsMax, type RehearsedGround } from "../../domain/plan/rehearsal.ts";
import type { Deployment, ItemRun } from "../../domain/rollout/deployment.ts";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { RehearsalFacts } from "../ports/change-kind.ts";
import type { StoreReads } from "../ports/store.ts";

/** What the step `report-rehearsal` found. */
export interface RehearsalReport {
  readonly report: Digest;
  readonly difference: Digest;
  readonly warnings: Digest;
  readonly observedClass: string;
  readonly differences: Readonly<Record<string, { readonly count: number; readonly first: readonly string[] }>>;
  readonly warningsToRead: readonly string[];
  readonly warningCount: number;
  readonly locks: readonly { readonly table: string; readonly ms: number }[] | null;
  readonly peakMemoryBytes: number | null;
  readonly partsMs: Readonly<Record<string, number>>;
}

export interface Rehearsal {
  readonly change: Change;
  readonly plan: Plan;
  readonly deployment: Deployment;
  readonly runs: readonly ItemRun[];
  /** null: it is at work, or it failed. */
  readonly report: RehearsalReport | null;
  /** When it reported, RFC 3339; before that when it began. */
  readonly at: string;
}

/** More than this are never looked through. */
const deploymentsMax = 200;

/** Rehearsals of an environment, newest first; of one change when it is named. */
export async function rehearsalsOf(store: StoreReads, environment: string, rehearses?: string): Promise<Rehearsal[]> {
  const deployments = await store.deployments({ environment, limit: deploymentsMax });
  const found: Rehearsal[] = [];
  for (const deployment of deployments) {
    const change = await store.change(deployment.change);
    if (change?.kind !== "rehearsal" || (rehearses !== undefined && change.spec.rehearses !== rehearses)) continue;
    const plan = await store.plan(deployment.planDigest);
    if (plan !== null) found.push(rehearsalOf(change, plan, deployment, await store.itemRuns(deployment.id)));
  }
  return found;
}

export function rehearsalOf(change: Change, plan: Plan, deployment: Deployment, runs: readonly ItemRun[]): Rehearsal {
  const reported = runs.findLast((run) => run.item === "report-rehearsal" && run.state === "done");
  return {
    change,
    plan,
    deployment,
    runs,
    report: reported === undefined ? null : (reported.output as unknown as RehearsalReport),
    at: reported?.endedAt ?? deployment.createdAt,
  };
}

/** The latest that went through and still counts on this ground; null: none. */
export async function latestRehearsal(
  store: StoreReads,
  environment: string,
  ground: RehearsedGround,
  now: string,
): Promise<RehearsalFacts | null> {
  for (const rehearsal of await rehearsalsOf(store, environment)) {
    if (Date.parse(now) - Date.parse(rehearsal.at) > rehearsalAgeMsMax) return null;
    if (rehearsal.deployment.state !== "settled" || rehearsal.report === null) continue;
    if (whyExpired(rehearsal, ground, now).length > 0) continue;
    return factsOf(rehearsal, rehearsal.report, await smallPartsOf(store, environment));
  }
  return null;
}

export function whyExpired(rehearsal: Rehearsal, ground: RehearsedGround, now: string): string[] {
  return expiredBecause(groundOf(rehearsal.plan), ground, Date.parse(now) - Date.parse(rehearsal.at), same);
}

export function factsOf(
  rehearsal: Rehearsal,
  { difference, warnings, observedClass, partsMs }: RehearsalReport,
  small: Readonly<Record<string, number>>,
): RehearsalFacts {
  const { deployment, at } = rehearsal;
  return {
    deployment: deployment.id,
    at,
    expiresAt: new Date(Date.parse(at) + rehearsalAgeMsMax).toISOString(),
    difference,
    warnings,
    partsMs: heldParts(rehearsal, partsMs, small),
    observedClass,
  };
}

/** Items that a change runs in the same way while users wait. */
const sameItems = ["update", "examine", "database-truth", "application-truth"] as const;
/** Most attachments were linked before the hold; what is left is to look for what came since. */
const linksLeft = 0.5;

/** The parts of the hold: what the rehearsal ran is taken from its record, so that our own share is in it. */
function heldParts(
  { runs }: Rehearsal,
  measured: Readonly<Record<string, number>>,
  small: Readonly<Record<string, number>>,
): Record<string, number> {
  const { clone = 0, links = 0, reading = 0, boot } = measured;
  const same = Object.fromEntries(sameItems.map((item) => [item, durationOf(runs, item) ?? measured[item] ?? 0]));
  const { reopen = reopenMs, ...others } = small;
  return { ...others, clone, links: Math.round(links * linksLeft), reading, ...same, reopen: boot ?? reopen };
}

/*
 * Without an earlier change here to measure them: the gateway's answer and a drained queue, ending some sessions, one
 * transaction of two renames. The record of each item's beginning and end takes some milliseconds more.
 */
const smallPartsMs = { drain: 40, fence: 90, swap: 60, record: 250 } as const;
const reopenMs = 6_000;
const earlierMax = 5;

/** Median of earlier changes here for what a rehearsal doesn't do, else what is usual. */
export async function smallPartsOf(store: StoreReads, environment: string): Promise<Record<string, number>> {
  const deployments = await store.deployments({ environment, states: ["settling", "settled"], limit: deploymentsMax });
  const held = deployments.filter(({ holdStartedAt, holdEndedAt }) => holdStartedAt !== null && holdEndedAt !== null).slice(0, earlierMax);
  const runs = await Promise.all(held.map(({ id }) => store.itemRuns(id)));
  const seen = (item: string): number | null => {
    const all = runs.flatMap((each) => durationOf(each, item) ?? []).sort((a, b) => a - b);
    return all[Math.floor(all.length / 2)] ?? null;
  };
  const reopen = seen("reopen");
  return {
    drain: seen("drain") ?? smallPartsMs.drain,
    fence: seen("fence") ?? smallPartsMs.fence,
    swap: seen("swap") ?? smallPartsMs.swap,
    record: smallPartsMs.record,
    ...(reopen === null ? {} : { reopen }),
  };
}

function durationOf(runs: readonly ItemRun[], item: string): number | null {
  const run = runs.findLast((each) => each.item === item && each.state === "done" && each.endedAt !== null);
  return run?.endedAt === null || run === undefined ? null : Date.parse(run.endedAt) - Date.parse(run.startedAt);
}

function same(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
