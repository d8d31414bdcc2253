import { errorRow, PlimsollError } from "../domain/shared/errors.ts";
import type { Problem } from "../http/contract/problem.ts";

/** A refusal or failure that the server explained. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

/** Every error as a problem document: those of the server, those raised here, and defects. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const base = { type: "about:blank", because: [] as readonly string[], blockedBy: [], nextAllowedAt: null, fix: null, facts: {} };
  if (error instanceof PlimsollError) {
    const { why, fix, liftedBy, nextAllowedAt, facts, because } = error.text;
    return {
      ...base,
      title: error.message,
      status: errorRow(error.code).status,
      ...(why === undefined ? {} : { detail: why }),
      code: error.code,
      because: because ?? [],
      blockedBy: liftedBy === undefined ? [] : [{ what: error.message, liftedBy }],
      nextAllowedAt: nextAllowedAt ?? null,
      fix: fix ?? null,
      facts: facts ?? {},
      exitCode: errorRow(error.code).exit,
    };
  }
  return {
    ...base,
    title: "Plimsoll failed in a way that it doesn't know.",
    status: 500,
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    code: "INTERNAL",
    exitCode: 1,
  };
}
