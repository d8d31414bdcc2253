import { z } from "zod";
import type { LossExport, LossReceipt } from "../../domain/recovery/loss-receipt.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { changeId, digest, json, moment } from "./names.ts";
import type { Operation } from "./operation.ts";

export interface LossView {
  readonly change: string;
  readonly deployment: string;
  readonly environment: string;
  /** `now`: a recovery would discard this. `recorded`: a recovery has discarded it. `none`: a way back loses nothing. */
  readonly when: "now" | "recorded" | "none";
  readonly receipt: LossReceipt | null;
  /** What a person agrees to; null: nothing is lost. */
  readonly digest: Digest | null;
  readonly sentence: string;
  readonly rows: LossExport | null;
  /** What may happen next, as a command, with the choices that a person has; null when nothing has to. */
  readonly next: string | null;
}

const receipt: z.ZodType<LossReceipt> = z.object({
  formatVersion: z.literal(1),
  environment: z.string(),
  deployment: z.string(),
  database: z.string(),
  since: moment,
  until: moment,
  lines: z.array(
    z.object({
      model: z.string(),
      table: z.string(),
      words: z.string(),
      created: z.number(),
      changed: z.number(),
      examples: z.array(z.string()),
    }),
  ),
  otherWrites: z.number().nullable(),
  attachments: z.object({ files: z.number(), bytes: z.number() }),
  mailsSent: z.number(),
  repeats: z.array(z.object({ kind: z.enum(["mail", "sms", "cron", "job"]), id: z.number(), what: z.string() })),
  sentence: z.string(),
  export: digest.nullable(),
  notes: z.array(z.string()).exactOptional(),
});

const rows: z.ZodType<LossExport> = z.object({
  formatVersion: z.literal(1),
  since: moment,
  until: moment,
  models: z.record(z.string(), z.array(z.record(z.string(), json))),
  leftOut: z.record(z.string(), z.number()),
  bounds: z.object({ rows: z.number(), bytes: z.number() }),
});

export const measureLoss: Operation<{ readonly change: string }, { readonly rows: "no" | "yes" }, null, LossView> = {
  id: "measureLoss",
  tag: "changes",
  summary: "What going back from a change would discard now; after a recovery, what it discarded",
  method: "get",
  path: "/changes/{change}/receipt",
  params: z.object({ change: changeId }),
  query: z.object({ rows: z.enum(["no", "yes"]).default("no") }),
  body: null,
  answer: z.object({
    change: z.string(),
    deployment: z.string(),
    environment: z.string(),
    when: z.enum(["now", "recorded", "none"]),
    receipt: receipt.nullable(),
    digest: digest.nullable(),
    sentence: z.string(),
    rows: rows.nullable(),
    next: z.string().nullable(),
  }),
  status: 200,
  slow: true,
};
