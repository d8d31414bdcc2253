import { expect, it } from "vitest";
import { noDifference } from "../../../test/conformance/no-difference.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { asPredictedRow, unpredictedReason, type AsPredicted } from "./predicted-difference.ts";

const difference = { ...noDifference, columnsAdded: ["a.x"] };
const row = (more: Partial<AsPredicted> = {}): EvidenceRow =>
  asPredictedRow({
    predicted: { difference, uncertain: [] },
    why: "",
    seen: { ...difference, columnsAdded: ["a.y"] },
    rehearsedAlike: null,
    rehearsing: false,
    at: "2026-01-15T02:00:00.000Z",
    ...more,
  });

it("passes for what was predicted", () => {
  expect(row({ seen: difference })).toMatchObject({ id: "differences-as-predicted", outcome: "passed", seen: { differences: 1 } });
});

it("fails for anything else, with the lines, and the reason says what lifts it", () => {
  expect(row()).toMatchObject({ outcome: "failed", seen: { notPredicted: ["columnsAdded: a.y"], notDone: ["columnsAdded: a.x"] } });
  expect(unpredictedReason(row(), "C-7")).toBe(
    "The update did something else than its sources tell: not predicted: columnsAdded: a.y; predicted, but not done: columnsAdded: a.x. If that is meant, rehearse it (plimsoll rehearse C-7), then plan and approve it again: a change that does exactly what its rehearsal did passes.",
  );
});

it("passes where a rehearsal did exactly this, in a rehearsal itself, and where nothing was predicted; each says so", () => {
  expect(row({ rehearsedAlike: "D-4" })).toMatchObject({ outcome: "passed", seen: { asRehearsed: "D-4", notDone: ["columnsAdded: a.x"] } });
  expect(row({ rehearsing: true })).toMatchObject({ outcome: "passed", seen: { notPredicted: ["columnsAdded: a.y"] } });
  expect(row({ predicted: null, why: "The base changed." })).toMatchObject({
    outcome: "passed",
    seen: "nothing was predicted: The base changed.",
  });
});

it("shows what couldn't be told beside what is as predicted", () => {
  const uncertain = [{ touches: "columns of a", why: "A script runs." }];
  expect(row({ predicted: { difference, uncertain } })).toMatchObject({
    outcome: "passed",
    seen: { couldNotBeTold: ["columnsAdded: a.y", "columnsAdded: a.x"] },
  });
});
