import { PlimsollError } from "../domain/shared/errors.ts";
import { problemOf, type Problem } from "../http/contract/problem.ts";

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
  if (error instanceof PlimsollError) return { ...problemOf(error), type: "about:blank" };
  return {
    type: "about:blank",
    title: "Plimsoll failed in a way that it doesn't know.",
    status: 500,
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    code: "INTERNAL",
    because: [],
    blockedBy: [],
    nextAllowedAt: null,
    fix: null,
    facts: {},
    exitCode: 1,
  };
}
