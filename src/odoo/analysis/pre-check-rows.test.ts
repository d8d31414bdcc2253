import { expect, it } from "vitest";
import type { PreCheckAnswer } from "../../domain/impact/prediction.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { harmlessChecks, preCheckReason, preCheckRowId, preCheckRows } from "./pre-check-rows.ts";

const check = {
  id: "unique:project_task:code_uniq",
  kind: "duplicates",
  what: "No two records of Task may have the same Code.",
  sql: "SELECT",
  otherwise: "warns",
} as const;
const rows: PreCheckAnswer = { kind: "rows", total: 5, examples: ["a (2 times)", "b (3 times)"] };
const at = "2026-01-15T02:00:00.000Z";

function row(answer: PreCheckAnswer, more: { readonly harmlessIn?: string; readonly rehearsing?: boolean } = {}): EvidenceRow {
  const { harmlessIn, rehearsing = false } = more;
  const [only] = preCheckRows({ asked: [{ check: { ...check, harmlessIn }, answer }], rehearsing, at });
  if (only === undefined) throw new Error("no row");
  return only;
}

it("passes on no row, fails on any, and takes no answer for neither", () => {
  expect(row({ kind: "none" })).toMatchObject({ id: "pre-check-unique-project-task-code-uniq", outcome: "passed" });
  expect(row(rows)).toMatchObject({ outcome: "failed", seen: { total: 5, examples: ["a (2 times)", "b (3 times)"] } });
  expect(row({ kind: "unanswered", why: "too long" })).toMatchObject({ outcome: "inconclusive", seen: { notAnswered: "too long" } });
});

it("says in words what is so, what would happen, and what lifts it", () => {
  const reason = preCheckReason(row(rows), "C-7");
  expect(reason).toContain("No two records of Task may have the same Code. 5 rows aren't so: a (2 times); b (3 times) …");
  expect(reason).toContain("Odoo warns, leaves the constraint out");
  expect(reason).toContain("plimsoll rehearse C-7");
});

it("a rehearsal finds out what such rows lead to, and once it went well they are excused by it", () => {
  const rehearsed = [row(rows, { rehearsing: true }), row({ kind: "none" }, { rehearsing: true })];
  expect(rehearsed.map(({ outcome }) => outcome)).toEqual(["passed", "passed"]);
  expect(harmlessChecks(rehearsed)).toEqual([preCheckRowId(check.id)]);
  expect(row(rows, { harmlessIn: "D-4" })).toMatchObject({ outcome: "passed", seen: { harmlessIn: "D-4", total: 5 } });
});
