import type { Digest } from "../../domain/shared/digest.ts";
import type { Base, Release } from "../../domain/release/release.ts";
import type { Isolation } from "./odoo-runtime.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { ReleaseChangeSpec } from "../../domain/change/change.ts";
import type { Schema } from "./schema.ts";
import type { ErrorCode } from "../../domain/shared/errors.ts";
import type { PreflightFacts } from "../../domain/fleet/preflight-facts.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
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
  /** What the serving processes were started with. After a K0 change that isn't the release on record, and needs not be. */
  readonly serving: { readonly generation: string; readonly release: Digest | null };
  /** Median and number of earlier holds of this environment; null: none yet. */
  readonly history: { readonly medianHoldMs: number; readonly n: number } | null;
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
