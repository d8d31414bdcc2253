import { z } from "zod";
import type { DeploymentState, ItemRunState, Outcome, RecoveryWish } from "../../domain/rollout/deployment.ts";
import type { PlanPart } from "../../domain/rollout/recovery.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { Verdict } from "../../domain/verdict/verdict.ts";
import { deploymentId, digest, json, limit, moment, resourceName } from "./names.ts";
import type { None, Operation } from "./operation.ts";
import { troubleSchema, type TroubleView } from "./trouble.ts";

export interface DeploymentItem {
  readonly position: number;
  /** Items of the recovery follow those of the plan, and run only when users are taken back. */
  readonly part: PlanPart;
  readonly type: "step" | "gate";
  readonly id: string;
  readonly sentence: string;
  readonly state: "waiting" | ItemRunState;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly elapsedMs: number | null;
  /** Median of this item in earlier deployments of the environment; null when there is none. */
  readonly expectedMs: number | null;
  readonly progress: number | null;
  readonly progressMessage: string | null;
  readonly verdict: Verdict | null;
  readonly error: { readonly code: string; readonly message: string; readonly fix?: string } | null;
}

export interface DeploymentView {
  readonly id: string;
  readonly change: string;
  readonly environment: string;
  readonly release: string;
  readonly planDigest: Digest;
  readonly state: DeploymentState;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly trouble: TroubleView | null;
  readonly plannedClass: string;
  readonly observedClass: string | null;
  readonly abortRequested: boolean;
  /** Who wants users to be taken back, and why; null: nobody. */
  readonly recoveryWish: RecoveryWish | null;
  /** What the way back after reopening is, in a sentence of the approved plan. */
  readonly recovery: { readonly kind: string; readonly sentence: string };
  readonly position: number;
  readonly worker: string | null;
  readonly holdStartedAt: string | null;
  readonly holdEndedAt: string | null;
  readonly holdMs: number | null;
  readonly predictedHoldMs: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly elapsedMs: number;
  readonly items: readonly DeploymentItem[];
}

const verdictKind = z.enum(["passed", "failed", "errored", "inconclusive"]);
const verdict: z.ZodType<Verdict> = z.object({
  kind: verdictKind,
  reason: z.string(),
  rows: z.array(
    z.object({ id: z.string(), title: z.string(), outcome: verdictKind, expected: json, seen: json, source: z.string(), at: moment }),
  ),
});

const itemSchema: z.ZodType<DeploymentItem> = z.object({
  position: z.int(),
  part: z.enum(["plan", "recovery"]),
  type: z.enum(["step", "gate"]),
  id: z.string(),
  sentence: z.string(),
  state: z.enum(["waiting", "started", "done", "failed", "undoing", "undone"]),
  attempts: z.int(),
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  elapsedMs: z.number().nullable(),
  expectedMs: z.number().nullable(),
  progress: z.number().nullable(),
  progressMessage: z.string().nullable(),
  verdict: verdict.nullable(),
  error: z.object({ code: z.string(), message: z.string(), fix: z.string().exactOptional() }).nullable(),
});

const deploymentSchema: z.ZodType<DeploymentView> = z.object({
  id: z.string(),
  change: z.string(),
  environment: z.string(),
  release: z.string(),
  planDigest: digest,
  state: z.enum([
    "queued",
    "running",
    "going-back",
    "settling",
    "settled",
    "old-intact",
    "needs-person",
    "recovering",
    "recovery-going-back",
    "recovered",
    "recovery-settled",
  ]),
  outcome: z.enum(["new-and-verified", "old-and-intact", "needs-person", "running", "recovered"]),
  reason: z.string().nullable(),
  trouble: troubleSchema.nullable(),
  plannedClass: z.string(),
  observedClass: z.string().nullable(),
  abortRequested: z.boolean(),
  recoveryWish: z.object({ actor: z.string(), reason: z.string(), receipt: digest.nullable() }).nullable(),
  recovery: z.object({ kind: z.string(), sentence: z.string() }),
  position: z.int(),
  worker: z.string().nullable(),
  holdStartedAt: moment.nullable(),
  holdEndedAt: moment.nullable(),
  holdMs: z.number().nullable(),
  predictedHoldMs: z.number(),
  createdAt: moment,
  endedAt: moment.nullable(),
  elapsedMs: z.number(),
  items: z.array(itemSchema),
});

export const showDeployment: Operation<{ readonly deployment: string }, None, null, DeploymentView> = {
  id: "showDeployment",
  tag: "deployments",
  summary: "One deployment, item by item: what ran, how long, what it is expected to take, what the gates found",
  method: "get",
  path: "/deployments/{deployment}",
  params: z.object({ deployment: deploymentId }),
  query: null,
  body: null,
  answer: deploymentSchema,
  status: 200,
  slow: false,
};

export const listDeployments: Operation<
  None,
  { readonly environment?: string | undefined; readonly limit: number },
  null,
  { readonly items: readonly DeploymentView[] }
> = {
  id: "listDeployments",
  tag: "deployments",
  summary: "Deployments, newest first",
  method: "get",
  path: "/deployments",
  params: null,
  query: z.object({ environment: resourceName.optional(), limit: limit(20) }),
  body: null,
  answer: z.object({ items: z.array(deploymentSchema) }),
  status: 200,
  slow: false,
};
