import type { Digest } from "../shared/digest.ts";
import type { Json } from "../shared/canonical-json.ts";
import type { AgreedRemovals, Impact } from "../impact/impact.ts";
import type { NothingPredicted, PredictedUpdate } from "../impact/prediction.ts";

export type PlanItem =
  | { readonly type: "step"; readonly id: string; readonly input: Json; readonly sentence: string }
  | {
      readonly type: "gate";
      readonly id: string;
      readonly phase: "before" | "during" | "after";
      readonly input: Json;
      readonly sentence: string;
    };

/** A fact that may move within bounds between approval and start. */
export interface BoundedFact {
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

export interface PlanFacts {
  /** Any difference at the start voids the approval. */
  readonly exact: Readonly<Record<string, Json>>;
  readonly bounded: Readonly<Record<string, BoundedFact>>;
}

export interface ReleaseReference {
  readonly name: string;
  readonly digest: Digest;
}

/** The way back, known and agreed before the first step runs (S10). */
export interface PlanRecovery {
  /** `swap-back`: the kept original takes its name again. `switch-back`: the old code serves the same database again. */
  readonly kind: "swap-back" | "switch-back" | "none-needed";
  readonly sentence: string;
  /** What a recovery after reopening runs, in order; their positions follow those of the plan's items. */
  readonly items?: readonly PlanItem[];
  /** For so long after reopening a verification that definitely failed recovers by itself. */
  readonly automaticMs?: number;
}

export interface PlanRehearsal {
  readonly deployment: string;
  readonly at: string;
  /** Older than this it counts no more. */
  readonly expiresAt: string;
}

/** What reading both releases tells of the update, as those read it who approve. */
export type PlanPrediction =
  | (Pick<PredictedUpdate, "made" | "removals" | "seconds" | "evidence"> & {
      /** Sentences: what couldn't be told. The first of them, and how many there are. */
      readonly uncertain: readonly string[];
    })
  | NothingPredicted;

/** Everything that a deployment of the plan may run, at the positions that its record uses: the items, then those of the recovery. */
export function allItems(plan: Plan): readonly PlanItem[] {
  return [...plan.items, ...(plan.recovery.items ?? [])];
}

/** The immutable list of what will run. People approve the digest of its canonical JSON; the engine executes exactly that. */
export interface Plan {
  readonly formatVersion: 1;
  readonly change: string;
  readonly kind: string;
  readonly environment: string;
  readonly host: string;
  readonly from: ReleaseReference | null;
  readonly to: ReleaseReference;
  readonly baseDigest: Digest;
  readonly impact: Impact;
  readonly facts: PlanFacts;
  readonly agreedRemovals: AgreedRemovals;
  readonly items: readonly PlanItem[];
  readonly recovery: PlanRecovery;
  readonly predictedHoldMs: { readonly value: number; readonly basis: string; readonly low?: number; readonly high?: number };
  /** `switch`: users are moved to new workers and never wait. */
  readonly traffic: "hold" | "maintenance" | "switch" | "none";
  /** The rehearsal that the expectations of this plan come from; null: nothing was rehearsed. */
  readonly rehearsal?: PlanRehearsal | null;
  /** What the update is held to; absent: nothing is updated. */
  readonly prediction?: PlanPrediction;
  readonly isolation: { readonly isolated: boolean; readonly sentence: string };
  readonly createdAt: string;
}

/** A reason why a plan no longer fits the world it was made for. */
export interface StaleReason {
  readonly fact: string;
  readonly planned: Json;
  readonly now: Json;
}

/** Compares the facts of a plan with those measured now; an empty list means that the plan still holds. A fact that is missing now counts as changed. */
export function staleReasons(planned: PlanFacts, now: PlanFacts, same: (a: Json, b: Json) => boolean): StaleReason[] {
  const exact = Object.entries(planned.exact).flatMap(([fact, value]) => {
    const seen = now.exact[fact];
    return seen !== undefined && same(value, seen) ? [] : [{ fact, planned: value, now: seen ?? null }];
  });
  const bounded = Object.entries(planned.bounded).flatMap(([fact, bound]) => {
    const seen = now.bounded[fact]?.value;
    const within = seen !== undefined && seen >= bound.min && seen <= bound.max;
    return within ? [] : [{ fact, planned: `${bound.min}–${bound.max}`, now: seen ?? null }];
  });
  return [...exact, ...bounded];
}
