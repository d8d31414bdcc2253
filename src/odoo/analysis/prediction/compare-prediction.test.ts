import { describe, expect, it } from "vitest";
import { noDifference } from "../../../../test/conformance/no-difference.ts";
import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import { comparedText, comparePrediction, type PredictionDeviation } from "./compare-prediction.ts";

const difference: DatabaseDifference = { ...noDifference, columnsAdded: ["sale_order.code"], recordsAdded: ["acme.one (sale.order)"] };

function compare(seen: Partial<DatabaseDifference>, ...touches: string[]): PredictionDeviation {
  const uncertain = touches.map((one) => ({ touches: one, why: "A script runs." }));
  return comparePrediction({ difference, uncertain }, { ...difference, ...seen });
}

it("finds nothing where the update did what was predicted, however many rows went with it", () => {
  expect(compare({ rowsLost: ["sale_order: 9 → 7"] })).toEqual({ unpredicted: [], missing: [], uncertain: [], same: 2 });
});

it("tells what was done beyond, what wasn't done, and takes another kind of difference for another one", () => {
  expect(compare({ columnsAdded: [], columnsRemoved: ["sale_order.code"] })).toMatchObject({
    unpredicted: ["columnsRemoved: sale_order.code"],
    missing: ["columnsAdded: sale_order.code"],
    same: 1,
  });
});

describe("what a prediction can't tell excuses", () => {
  const index = "i: CREATE INDEX i ON public.sale_order USING btree (x)";
  it.each<[string, Partial<DatabaseDifference>]>([
    ["*", { tablesRemoved: ["res_partner"] }],
    ["* of sale_order", { columnsAdded: ["sale_order.code", "sale_order.x"] }],
    ["columns of sale_order", { columnsAdded: ["sale_order.code", "sale_order.x"] }],
    ["columns of *", { columnsRequired: ["res_partner.x"] }],
    ["columns of sale_order", { indexesAdded: [index] }],
    ["tables of sale_order", { columnsRemoved: ["sale_order.x"] }],
    ["constraints of sale_order", { constraintsRemoved: ["sale_order.c: UNIQUE (x)"] }],
    ["indexes of *", { otherChanges: ["sequence s added"] }],
    ["views of *", { otherChanges: ["view v removed"] }],
    ["records", { recordsAdded: ["acme.one (sale.order)", "acme.two (res.partner)"] }],
    ["records of sale_order", { recordsAdded: [] }],
    ["records of ir.model.fields.selection", { selectionsRemoved: ["sale.order.state: x"] }],
    ["columns of sale_order", { fieldsRemoved: ["sale.order.x"] }],
  ])("%s: %j", (touches, seen) => {
    expect(compare(seen, touches)).toMatchObject({ unpredicted: [], missing: [], uncertain: [expect.any(String)] });
  });

  it.each<[string, Partial<DatabaseDifference>]>([
    ["columns of sale_order", { columnsAdded: ["sale_order.code", "res_partner.x"] }],
    ["columns of sale_order", { tablesRemoved: ["sale_order"] }],
    ["columns of sale", { indexesAdded: [index] }],
    ["records of sale_order", { columnsRemoved: ["sale_order.x"] }],
    ["records of sale_order", { fieldsRemoved: ["sale.order.x"] }],
    ["records of sale_order", { recordsRemoved: ["acme.two (res.partner)"] }],
    ["views of *", { otherChanges: ["sequence s added"] }],
  ])("%s doesn't excuse %j", (touches, seen) => {
    expect(compare(seen, touches)).toMatchObject({ unpredicted: [expect.any(String)], uncertain: [] });
  });
});

it("two predictions expect the same where only rows differ", () => {
  expect(comparedText({ ...difference, rowsLost: ["t: 9 → 8"] })).toEqual(comparedText(difference));
  expect(comparedText({ ...difference, columnsAdded: [] })).not.toEqual(comparedText(difference));
});
