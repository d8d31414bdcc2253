import type { Digest } from "../../domain/shared/digest.ts";
import type { Base, Release } from "../../domain/release/release.ts";
import type { Isolation } from "./odoo-runtime.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { EarlierHolds } from "../../domain/plan/hold-prediction.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { ReleaseChangeSpec } from "../../domain/change/change.ts";
import type { Schema } from "./schema.ts";
import type { ErrorCode } from "../../domain/shared/errors.ts";
import type { PreflightFacts } from "../../domain/fleet/preflight-facts.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { SmokeScenario } from "../../domain/fleet/smoke-scenario.ts";
import type { CodeProof } from "../../domain/impact/impact.ts";
import type { NothingPredicted, PredictedUpdate } from "../../domain/impact/prediction.ts";
import type { EnvironmentRecord } from "./store.ts";

/** Everything that planning rests on, measured before the pure part begins. */
export interface PlanningFacts {
  readonly environment: EnvironmentRecord;
  readonly tenant: TenantFacts;
  /** What stands in the way of a clone and a swap; preflight looks again, with the database to itself. */
  readonly cluster: PreflightFacts;
  readonly from: Release | null;
  readonly to: Release;
  readonly base: Base;
  readonly filestore: { readonly files: number; readonly bytes: number; readonly diskFreeBytes: number };
  /** Can attachments be hard-linked? `why` when not. */
  readonly links: { readonly possible: boolean; readonly why: string | null };
  readonly isolation: Isolation;
  /** Does the release change anything that `-u` would load? null: no release is recorded, so nothing can be compared. */
  readonly codeProof: CodeProof | null;
  /** What reading both releases tells of the update that this change runs. */
  readonly prediction: PredictedUpdate | NothingPredicted;
  /** Business smoke: the shipped scenarios and the environment's own. */
  readonly smoke: readonly SmokeScenario[];
  /** The latest rehearsal of exactly this release on exactly this ground that has not expired; null: none. */
  readonly rehearsal: RehearsalFacts | null;
  /** What the serving processes were started with. After a K0 change that isn't the release on record, and needs not be. */
  readonly serving: { readonly generation: string; readonly release: Digest | null };
  /** Earlier holds of this environment, all and by observed class; null: none yet. */
  readonly history: (EarlierHolds & { readonly byClass?: Readonly<Record<string, EarlierHolds>> }) | null;
}

/** What a rehearsal found and measured. Digests are in the evidence store. */
export interface RehearsalFacts {
  readonly deployment: string;
  readonly at: string;
  readonly expiresAt: string;
  /** Differences of schema, records and totals (`DatabaseDifference`) that the update made. */
  readonly difference: Digest;
  /** Warnings and errors of the update's log (`string[]`, normalised). */
  readonly warnings: Digest;
  /** The parts that add up to the hold, by name, in ms. */
  readonly partsMs: Readonly<Record<string, number>>;
  /** Of earlier rehearsed changes here: how long users waited, as a share of what was predicted. */
  readonly deviations?: readonly number[];
  readonly observedClass: string;
  /** Pre-checks that found rows, although everything went well afterwards: scripts of the release put them right. */
  readonly harmlessChecks?: readonly string[];
}

export interface ChangeProblem {
  readonly message: string;
  readonly fix?: string;
  /** Without one: INPUT_INVALID. */
  readonly code?: ErrorCode;
}

/** The sentence that the step or gate itself gives for an input; part of the plan, so part of what approvers read. */
export type Describe = (type: "step" | "gate", id: string, input: Json) => string;

/** Compiles an intent into a plan: pure, the same facts give the same digest. */
export interface ChangeKind<S = ReleaseChangeSpec> {
  readonly id: string;
  readonly summary: string;
  readonly spec: Schema<S>;
  validate(spec: S, facts: PlanningFacts): readonly ChangeProblem[];
  plan(change: { readonly id: string; readonly spec: S }, facts: PlanningFacts, now: string, describe: Describe): Plan;
}
