import { describe, expect, it } from "vitest";
import type { DatabaseDifference } from "../../domain/impact/impact.ts";
import { noDifference } from "../../../test/conformance/no-difference.ts";
import { asRehearsedRow } from "./rehearsed-difference.ts";

const rehearsed: DatabaseDifference = {
  ...noDifference,
  columnsAdded: ["a.x"],
  recordsAdded: ["m.r (res.partner)"],
  rowsLost: ["t: 9 → 7"],
};
const row = (seen: DatabaseDifference): ReturnType<typeof asRehearsedRow> =>
  asRehearsedRow(rehearsed, seen, "D-7", "2026-01-15T02:00:00.000Z");

describe("differences as rehearsed", () => {
  it("pass when they are the same, however many rows users have made meanwhile", () => {
    expect(row({ ...rehearsed, rowsLost: ["t: 12 → 7"] })).toMatchObject({ outcome: "passed", expected: { as: "D-7", differences: 3 } });
  });

  it("fail for one more and for one less, and say which", () => {
    expect(row({ ...rehearsed, tablesRemoved: ["b"], columnsAdded: [] })).toMatchObject({
      id: "differences-as-rehearsed",
      outcome: "failed",
      seen: { more: ["tablesRemoved: b"], less: ["columnsAdded: a.x"] },
    });
  });

  it("don't take the same name under another kind of difference for the same", () => {
    expect(row({ ...rehearsed, columnsAdded: [], columnsRemoved: ["a.x"] }).outcome).toBe("failed");
  });
});
