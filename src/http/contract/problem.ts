import { z } from "zod";
import { errorRow, errorTable, type ErrorCode, type PlimsollError } from "../../domain/shared/errors.ts";

/** What stands in the way, and who can lift it. */
export interface Blocker {
  readonly what: string;
  readonly liftedBy: string;
}

/** RFC 9457, with what a person needs to go on. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Why. */
  readonly detail?: string | undefined;
  readonly code: ErrorCode | "INTERNAL";
  readonly because: readonly string[];
  readonly blockedBy: readonly Blocker[];
  readonly nextAllowedAt: string | null;
  readonly fix: string | null;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  /** What the command line ends with. */
  readonly exitCode: number;
}

/** The problem document of an error that Plimsoll raised on purpose. */
export function problemOf(error: PlimsollError): Problem {
  const row = errorRow(error.code);
  const { why, fix, liftedBy, nextAllowedAt, facts, because } = error.text;
  return {
    type: `https://plimsoll.dev/errors/${error.code}`,
    title: error.message,
    status: row.status,
    ...(why === undefined ? {} : { detail: why }),
    code: error.code,
    because: because ?? [],
    blockedBy: liftedBy === undefined ? [] : [{ what: error.message, liftedBy }],
    nextAllowedAt: nextAllowedAt ?? null,
    fix: fix ?? null,
    facts: facts ?? {},
    exitCode: row.exit,
  };
}

const codes = [...Object.keys(errorTable), "INTERNAL"] as Problem["code"][];

export const problem: z.ZodType<Problem> = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  code: z.enum(codes as [Problem["code"], ...Problem["code"][]]),
  because: z.array(z.string()),
  blockedBy: z.array(z.object({ what: z.string(), liftedBy: z.string() })),
  nextAllowedAt: z.string().nullable(),
  fix: z.string().nullable(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  exitCode: z.int(),
});

export const problemMediaType = "application/problem+json";
