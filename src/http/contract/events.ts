import { z } from "zod";
import type { EventRecord } from "../../domain/audit/event.ts";
import { deploymentId, json, limit, moment, resourceName } from "./names.ts";
import type { None, Operation } from "./operation.ts";

export interface EventFilter {
  readonly subjectKind?: EventRecord["subjectKind"] | undefined;
  readonly subject?: string | undefined;
  readonly environment?: string | undefined;
  readonly deployment?: string | undefined;
  /** Only what comes after this sequence. */
  readonly after?: number | undefined;
  readonly limit: number;
  /** The newest of them instead of the oldest; still oldest first. */
  readonly latest?: "true" | undefined;
}

const subjectKind = z.enum(["release", "tenant", "environment", "change", "deployment", "host"]);

export const eventSchema: z.ZodType<EventRecord> = z.object({
  sequence: z.int(),
  at: moment,
  actor: z.string(),
  type: z.string(),
  subjectKind,
  subject: z.string(),
  environment: z.string().nullable(),
  deployment: z.string().nullable(),
  data: json,
});

const filterShape = {
  subjectKind: subjectKind.optional(),
  subject: z.string().max(100).optional(),
  environment: resourceName.optional(),
  deployment: deploymentId.optional(),
  after: (z.coerce.number().int().min(0) as unknown as z.ZodType<number>).optional(),
  limit: limit(100),
  latest: z.enum(["true"]).optional(),
};

export const eventFilter: z.ZodType<EventFilter> = z.object(filterShape);

export const listEvents: Operation<None, EventFilter, null, { readonly items: readonly EventRecord[] }> = {
  id: "listEvents",
  tag: "events",
  summary: "The record: what happened, oldest first",
  method: "get",
  path: "/events",
  params: null,
  query: eventFilter,
  body: null,
  answer: z.object({ items: z.array(eventSchema) }),
  status: 200,
  slow: false,
};

/** Server-sent events; `Last-Event-ID` goes on where a broken connection ended. */
export const eventStreamPath = "/events/stream";
