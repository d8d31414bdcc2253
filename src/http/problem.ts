import type { Problem } from "./contract/problem.ts";

/** A defect of Plimsoll: what went wrong is in the server's log under the reference, and nowhere else. */
export function defectProblem(reference: string): Problem {
  return {
    type: "https://plimsoll.dev/errors/INTERNAL",
    title: "Plimsoll failed in a way that it doesn't know.",
    status: 500,
    detail: `This is a defect of Plimsoll; the server's log has it under ${reference}.`,
    code: "INTERNAL",
    because: [],
    blockedBy: [],
    nextAllowedAt: null,
    fix: "Look at the server's log; ask again when it may have been passing.",
    facts: { reference },
    exitCode: 1,
  };
}
