import { z } from "zod";
import type { ChangeState } from "../../domain/change/change.ts";
import type { AgreedRemovals } from "../../domain/impact/impact.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { Outcome } from "../../domain/rollout/deployment.ts";
import { changeId, digest, limit, moment, releaseReference, resourceName } from "./names.ts";
import type { None, Operation } from "./operation.ts";
import { agreedRemovals, planSchema } from "./plan-schema.ts";
import { troubleSchema, type TroubleView } from "./trouble.ts";

export interface ChangeView {
  readonly id: string;
  readonly kind: string;
  readonly state: ChangeState;
  readonly environment: string;
  readonly release: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly agreedRemovals: AgreedRemovals;
  readonly planDigest: Digest | null;
  readonly approvedDigest: Digest | null;
  readonly approvedBy: string | null;
  readonly deployment: string | null;
  readonly outcome: Outcome | null;
  /** `K2+` when the class is a floor; null before it is planned. */
  readonly plannedClass: string | null;
  readonly observedClass: string | null;
  /** Why it needs a person; null: it needs none. */
  readonly trouble: TroubleView | null;
  /** The way back from the new release; null: there is none, or users aren't there. */
  readonly recovery: RecoveryView | null;
  /** What has to happen next, as a command; null when nothing has to. */
  readonly next: string | null;
}

/** How users are taken back from a new release that fails them. */
export interface RecoveryView {
  /** `possible`: a person may ask for it. `asked`: a worker begins it soon. `standing`: it stands still and needs a person. */
  readonly state: "possible" | "asked" | "running" | "standing" | "recovered";
  readonly sentence: string;
  /** Why it began or was asked for; null: it wasn't. */
  readonly reason: string | null;
  /** The command that has it begin; null: it has begun. */
  readonly command: string | null;
}

export interface PlanView {
  readonly digest: Digest;
  readonly plan: Plan;
  /** The plan in sentences, for those who approve it. */
  readonly sentences: readonly string[];
}

const states = ["draft", "planned", "approved", "running", "done", "undone", "needs-person", "cancelled", "recovered"] as const;

const recoverySchema: z.ZodType<RecoveryView> = z.object({
  state: z.enum(["possible", "asked", "running", "standing", "recovered"]),
  sentence: z.string(),
  reason: z.string().nullable(),
  command: z.string().nullable(),
});

const changeSchema: z.ZodType<ChangeView> = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.enum(states),
  environment: z.string(),
  release: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  createdAt: moment,
  agreedRemovals,
  planDigest: digest.nullable(),
  approvedDigest: digest.nullable(),
  approvedBy: z.string().nullable(),
  deployment: z.string().nullable(),
  outcome: z.enum(["new-and-verified", "old-and-intact", "needs-person", "running", "recovered"]).nullable(),
  plannedClass: z.string().nullable(),
  observedClass: z.string().nullable(),
  trouble: troubleSchema.nullable(),
  recovery: recoverySchema.nullable(),
  next: z.string().nullable(),
});

const planView = z.object({ digest, plan: planSchema, sentences: z.array(z.string()) });

const removalsMax = 10_000;
const listOf = (pattern: RegExp, message: string) => z.array(z.string().regex(pattern, message)).max(removalsMax).default([]);
const removals = z.strictObject({
  tables: listOf(/^[^\s.]{1,63}$/, "must be the name of a table"),
  columns: listOf(/^[^\s.]{1,63}\.[^\s.]{1,63}$/, "must be table.column"),
  records: listOf(/^\w{1,256}\.\S{1,256}$/, "must be an external id: module.name"),
  modules: listOf(/^\w{1,256}$/, "must be the name of a module"),
});

export interface CreateChangeBody {
  readonly kind: string;
  readonly environment: string;
  readonly release: string;
  readonly reason: string;
  readonly agreedRemovals: AgreedRemovals;
}

export interface CreateChangeRequest {
  readonly kind?: string | undefined;
  readonly environment: string;
  readonly release: string;
  readonly reason?: string | undefined;
  readonly agreedRemovals?:
    | { tables?: string[] | undefined; columns?: string[] | undefined; records?: string[] | undefined; modules?: string[] | undefined }
    | undefined;
}

const reasonCharactersMax = 2_000;
const reason = z.string().max(reasonCharactersMax).default("");
const byId: z.ZodType<{ readonly change: string }> = z.object({ change: changeId });

export const createChange: Operation<None, None, CreateChangeBody, ChangeView, CreateChangeRequest> = {
  id: "createChange",
  tag: "changes",
  summary: "Ask that an environment be taken to a release",
  method: "post",
  path: "/changes",
  params: null,
  query: null,
  body: z.strictObject({
    kind: z
      .string()
      .regex(/^[a-z][a-z-]{0,39}$/)
      .default("release"),
    environment: resourceName,
    release: releaseReference,
    reason,
    agreedRemovals: removals.prefault({}),
  }),
  answer: changeSchema,
  status: 201,
  slow: false,
};

export interface ChangeQuery {
  readonly environment?: string | undefined;
  readonly state?: ChangeState | undefined;
  readonly limit: number;
}

export const listChanges: Operation<None, ChangeQuery, null, { readonly items: readonly ChangeView[] }> = {
  id: "listChanges",
  tag: "changes",
  summary: "Changes, newest first",
  method: "get",
  path: "/changes",
  params: null,
  query: z.object({ environment: resourceName.optional(), state: z.enum(states).optional(), limit: limit(50) }),
  body: null,
  answer: z.object({ items: z.array(changeSchema) }),
  status: 200,
  slow: false,
};

export const showChange: Operation<{ readonly change: string }, None, null, ChangeView> = {
  id: "showChange",
  tag: "changes",
  summary: "One change",
  method: "get",
  path: "/changes/{change}",
  params: byId,
  query: null,
  body: null,
  answer: changeSchema,
  status: 200,
  slow: false,
};

export const planChange: Operation<{ readonly change: string }, None, null, PlanView> = {
  id: "planChange",
  tag: "changes",
  summary: "Measure the environment and compile the change into a plan; an earlier approval is void",
  method: "post",
  path: "/changes/{change}/plan",
  params: byId,
  query: null,
  body: null,
  answer: planView,
  status: 200,
  slow: true,
};

export const approveChange: Operation<{ readonly change: string }, None, { readonly digest: Digest }, ChangeView> = {
  id: "approveChange",
  tag: "changes",
  summary: "Agree to exactly one plan, by its digest",
  method: "post",
  path: "/changes/{change}/approve",
  params: byId,
  query: null,
  body: z.strictObject({ digest }),
  answer: changeSchema,
  status: 200,
  slow: false,
};

export const runChange: Operation<{ readonly change: string }, None, null, ChangeView> = {
  id: "runChange",
  tag: "changes",
  summary: "Measure again and start what was approved",
  method: "post",
  path: "/changes/{change}/run",
  params: byId,
  query: null,
  body: null,
  answer: changeSchema,
  status: 200,
  slow: true,
};

export const abortChange: Operation<
  { readonly change: string },
  None,
  { readonly reason: string },
  ChangeView & { readonly asked: "cancelled" | "going-back" },
  { readonly reason?: string | undefined }
> = {
  id: "abortChange",
  tag: "changes",
  summary: "Cancel a change, or have its deployment go back",
  method: "post",
  path: "/changes/{change}/abort",
  params: byId,
  query: null,
  body: z.strictObject({ reason }),
  answer: z.intersection(changeSchema, z.object({ asked: z.enum(["cancelled", "going-back"]) })),
  status: 200,
  slow: false,
};

export const resumeChange: Operation<
  { readonly change: string },
  None,
  { readonly reason: string },
  ChangeView & { readonly goes: "back" | "forward" | "recovery" | "recovery-back" }
> = {
  id: "resumeChange",
  tag: "changes",
  summary: "Have a deployment go on that needed a person: back before users were let in, forward afterwards; the same for its recovery",
  method: "post",
  path: "/changes/{change}/resume",
  params: byId,
  query: null,
  body: z.strictObject({ reason: z.string().max(reasonCharactersMax).regex(/\S/, "must say what was found and done") }),
  answer: z.intersection(changeSchema, z.object({ goes: z.enum(["back", "forward", "recovery", "recovery-back"]) })),
  status: 200,
  slow: false,
};

export const recoverChange: Operation<
  { readonly change: string },
  None,
  { readonly reason: string; readonly receipt: Digest | null },
  ChangeView,
  { readonly reason: string; readonly receipt?: Digest | null | undefined }
> = {
  id: "recoverChange",
  tag: "changes",
  summary: "Take users back from a new release to the old one; where that discards what they wrote, by an agreed loss receipt",
  method: "post",
  path: "/changes/{change}/recover",
  params: byId,
  query: null,
  body: z.strictObject({
    reason: z.string().max(reasonCharactersMax).regex(/\S/, "must say why users are taken back"),
    receipt: digest.nullable().default(null),
  }),
  answer: changeSchema,
  status: 200,
  slow: false,
};

export const showPlan: Operation<{ readonly digest: Digest }, None, null, PlanView> = {
  id: "showPlan",
  tag: "changes",
  summary: "A plan by its digest",
  method: "get",
  path: "/plans/{digest}",
  params: z.object({ digest }),
  query: null,
  body: null,
  answer: planView,
  status: 200,
  slow: false,
};
