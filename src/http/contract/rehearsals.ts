import { z } from "zod";
import type { Digest } from "../../domain/shared/digest.ts";
import { changeId, digest, moment } from "./names.ts";
import type { None, Operation } from "./operation.ts";

export interface RehearsalView {
  /** The rehearsal's own change and deployment. */
  readonly change: string;
  readonly deployment: string;
  readonly rehearses: string;
  readonly environment: string;
  readonly release: string;
  readonly copy: "dump" | "template";
  /** `passed`: this release goes through on this ground. `failed`: a step or gate refused it, and nothing live was touched. */
  readonly verdict: "passed" | "failed" | "running" | "needs-person";
  /** Why it failed; null: it didn't. */
  readonly reason: string | null;
  readonly at: string;
  /** How long the rehearsal itself took, in ms. */
  readonly tookMs: number | null;
  /** What was found; null: it was not reported. */
  readonly found: RehearsalFindings | null;
  /** What to do next, as a command; null: nothing. */
  readonly next: string | null;
}

export interface RehearsalFindings {
  /** How long users will wait, in ms; its parts add up to it. */
  readonly hold: { readonly value: number; readonly low: number; readonly high: number; readonly basis: string };
  readonly partsMs: Readonly<Record<string, number>>;
  readonly observedClass: string;
  /** By kind: how many differences, and the first names. */
  readonly differences: Readonly<Record<string, { readonly count: number; readonly first: readonly string[] }>>;
  /** Warnings that nothing explains; approving the change agrees to them. */
  readonly warningsToRead: readonly string[];
  readonly warningCount: number;
  /** Tables that the update had for itself, longest first; null: it couldn't be looked at. */
  readonly locks: readonly { readonly table: string; readonly ms: number }[] | null;
  readonly peakMemoryBytes: number | null;
  /** How long users waited for the copy; null: they didn't. */
  readonly usersWaitedMs: number | null;
  /** How the copy was kept from the world: sentences, and what could still have spoken from it, which must all be 0. */
  readonly apart: { readonly role: string; readonly network: string; readonly speakers: Readonly<Record<string, number | null>> };
  readonly expiresAt: string;
  /** Why it no longer counts, one phrase each; empty: it does. */
  readonly expired: readonly string[];
  /** Everything, in the evidence store. */
  readonly report: Digest;
}

const count = z.record(z.string(), z.object({ count: z.int(), first: z.array(z.string()) }));

export const rehearsalSchema: z.ZodType<RehearsalView> = z.object({
  change: z.string(),
  deployment: z.string(),
  rehearses: z.string(),
  environment: z.string(),
  release: z.string(),
  copy: z.enum(["dump", "template"]),
  verdict: z.enum(["passed", "failed", "running", "needs-person"]),
  reason: z.string().nullable(),
  at: moment,
  tookMs: z.number().nullable(),
  found: z
    .object({
      hold: z.object({ value: z.number(), low: z.number(), high: z.number(), basis: z.string() }),
      partsMs: z.record(z.string(), z.number()),
      observedClass: z.string(),
      differences: count,
      warningsToRead: z.array(z.string()),
      warningCount: z.int(),
      locks: z.array(z.object({ table: z.string(), ms: z.number() })).nullable(),
      peakMemoryBytes: z.number().nullable(),
      usersWaitedMs: z.number().nullable(),
      apart: z.object({ role: z.string(), network: z.string(), speakers: z.record(z.string(), z.number().nullable()) }),
      expiresAt: moment,
      expired: z.array(z.string()),
      report: digest,
    })
    .nullable(),
  next: z.string().nullable(),
});

const byId: z.ZodType<{ readonly change: string }> = z.object({ change: changeId });

export const rehearseChange: Operation<
  { readonly change: string },
  None,
  { readonly copy: "dump" | "template" },
  RehearsalView,
  { readonly copy?: "dump" | "template" | undefined }
> = {
  id: "rehearseChange",
  tag: "changes",
  summary: "Start a rehearsal of a change on a neutralised copy; nothing live is changed",
  method: "post",
  path: "/changes/{change}/rehearse",
  params: byId,
  query: null,
  body: z.strictObject({ copy: z.enum(["dump", "template"]).default("dump") }),
  answer: rehearsalSchema,
  status: 200,
  slow: true,
};

export const showRehearsal: Operation<{ readonly change: string }, None, null, { readonly rehearsal: RehearsalView | null }> = {
  id: "showRehearsal",
  tag: "changes",
  summary: "The latest rehearsal of a change, or a rehearsal by its own change",
  method: "get",
  path: "/changes/{change}/rehearsal",
  params: byId,
  query: null,
  body: null,
  answer: z.object({ rehearsal: rehearsalSchema.nullable() }),
  status: 200,
  slow: false,
};
