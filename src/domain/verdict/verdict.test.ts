import { describe, expect, it } from "vitest";
import { verdictOf, type EvidenceRow, type VerdictKind } from "./verdict.ts";

const row = (id: string, outcome: VerdictKind): EvidenceRow => ({
  id,
  title: `Row ${id}`,
  outcome,
  expected: "a",
  seen: "b",
  source: "test",
  at: "2026-01-01T00:00:00.000Z",
});

describe("verdictOf", () => {
  it("passes only when every row passed", () => {
    expect(verdictOf([row("1", "passed"), row("2", "passed")], "All well.")).toMatchObject({ kind: "passed", reason: "All well." });
  });

  it("is inconclusive without evidence: nothing shown is not fine", () => {
    expect(verdictOf([], "All well.").kind).toBe("inconclusive");
  });

  it("lets the worst row decide and names it first", () => {
    const verdict = verdictOf([row("1", "inconclusive"), row("2", "failed"), row("3", "errored")], "All well.");
    expect(verdict).toMatchObject({ kind: "failed", reason: "Row 2: expected a, seen b (and 2 more)" });
  });

  it.each(["failed", "errored", "inconclusive"] as const)("doesn't pass with one row %s", (kind) => {
    expect(verdictOf([row("1", "passed"), row("2", kind)], "All well.").kind).toBe(kind);
  });
});
