import type { Change } from "../../domain/change/change.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import { expiredBecause, groundOf, rehearsalAgeMsMax, type RehearsedGround } from "../../domain/plan/rehearsal.ts";
import type { Deployment, ItemRun } from "../../domain/rollout/deployment.ts";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { harmlessChecks } from "../../odoo/analysis/pre-check-rows.ts";
import { holdParts } from "../../domain/plan/hold-parts.ts";
import type { RehearsalFacts } from "../ports/change-kind.ts";
import type { StoreReads } from "../ports/store.ts";
import { earlierChanges, measurementsOf, type EarlierChanges } from "./rehearsed-hold.ts";

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

function rehearsalOf(change: Change, plan: Plan, deployment: Deployment, runs: readonly ItemRun[]): Rehearsal {
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
    return factsOf(rehearsal, rehearsal.report, await earlierChanges(store, environment));
  }
  return null;
}

export function whyExpired(rehearsal: Rehearsal, ground: RehearsedGround, now: string): string[] {
  return expiredBecause(groundOf(rehearsal.plan), ground, Date.parse(now) - Date.parse(rehearsal.at), same);
}

export function factsOf(
  rehearsal: Rehearsal,
  { difference, warnings, observedClass, partsMs }: RehearsalReport,
  earlier: EarlierChanges,
): RehearsalFacts {
  const { deployment, at, runs } = rehearsal;
  return {
    deployment: deployment.id,
    at,
    expiresAt: new Date(Date.parse(at) + rehearsalAgeMsMax).toISOString(),
    difference,
    warnings,
    partsMs: holdParts(measurementsOf(runs, partsMs), earlier.items),
    deviations: earlier.deviations,
    observedClass,
    harmlessChecks: runs.flatMap((run) => (run.item === "preflight" ? harmlessChecks(run.verdict?.rows ?? []) : [])),
  };
}

function same(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
