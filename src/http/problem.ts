import { errorRow, type PlimsollError } from "../domain/shared/errors.ts";
import type { Problem } from "./contract/problem.ts";

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
