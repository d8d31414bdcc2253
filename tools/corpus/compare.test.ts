import { emptyCatalogue } from "../../src/domain/fleet/catalogue-snapshot.ts";
import { describe, expect, it } from "vitest";
import type { CatalogueSnapshot } from "../../src/domain/fleet/catalogue-snapshot.ts";
import type { RecordPrediction } from "../../src/domain/impact/prediction.ts";
import { compareSnapshots } from "../../src/odoo/analysis/snapshot-difference.ts";
import { compare, type Actual, type Predicted } from "./compare.ts";

const empty: CatalogueSnapshot = {
  ...emptyCatalogue,
  tables: ["res_partner"],
  columns: { "res_partner.code": { type: "character varying", notNull: false, hasDefault: false } },
  records: {
    "a.menu": { model: "ir.ui.menu", id: 1, noupdate: false },
    "a.group": { model: "res.groups", id: 7, noupdate: false },
  },
  modules: { a: { state: "installed", version: "19.0.1.0.0" } },
  fields: {
    "ir.ui.menu.name": { id: 3, kind: "char stored" },
    "ir.ui.menu.group_ids": { id: 1, kind: "many2many res.groups stored" },
    "res.groups.menu_access": { id: 2, kind: "many2many ir.ui.menu stored" },
  },
};

const nothing: Actual = { before: empty, after: empty, changed: {}, forgotten: [], edited: [] };

function predicted(actual: Actual, over: Partial<Predicted> = {}, records: readonly RecordPrediction[] = []): Predicted {
  return {
    plannedClass: "K2",
    minimal: ["a"],
    prediction: { difference: compareSnapshots(actual.before, actual.after), records },
    ...over,
  };
}

const record = (xmlid: string, becomes: RecordPrediction["becomes"]): RecordPrediction => ({
  xmlid,
  model: "ir.ui.menu",
  becomes,
  fields: [],
  file: null,
  line: null,
});

describe("the class", () => {
  it("is right for a code-only release whose update changed nothing", () => {
    expect(compare(predicted(nothing, { plannedClass: "K1", minimal: [] }), nothing, ["a"])).toMatchObject({
      rating: "right",
      actualClass: "K1",
      sufficient: true,
    });
  });

  it("is too strict where an update was wanted for nothing", () => {
    expect(compare(predicted(nothing), nothing, ["a"]).rating).toBe("too strict");
  });

  it("ignores that an update takes back what a person edited", () => {
    const actual: Actual = {
      ...nothing,
      edited: ["a.menu"],
      changed: { "a.menu": { model: "ir.ui.menu", fields: { name: ['{"en_US":"Menu ·"}', '{"en_US":"Menu"}'] } } },
    };
    expect(compare(predicted(actual, { plannedClass: "K1", minimal: [] }), actual, ["a"]).rating).toBe("right");
  });

  it("doesn't take what a release changes of an edited record for an edit", () => {
    const fields = { name: ["Menu ·", "Menu"], sequence: ["1", "2"] } as const;
    for (const one of [fields, { name: ["Menu ·", "Other"] } as const]) {
      const actual: Actual = { ...nothing, edited: ["a.menu"], changed: { "a.menu": { model: "ir.ui.menu", fields: one } } };
      expect(compare(predicted(actual, { plannedClass: "K1", minimal: [] }), actual, ["a"])).toMatchObject({
        rating: "too mild",
        sufficient: false,
      });
    }
  });

  it("is too mild, and the update set insufficient, where code only would have left a change out", () => {
    const actual: Actual = { ...nothing, changed: { "a.menu": { model: "ir.ui.menu", fields: { sequence: ["1", "2"] } } } };
    expect(compare(predicted(actual, { plannedClass: "K1", minimal: [] }), actual, ["a"])).toMatchObject({
      rating: "too mild",
      sufficient: false,
    });
  });
});

it("a column that goes without having been predicted is a missed drop", () => {
  const actual: Actual = { ...nothing, after: { ...empty, columns: {} } };
  const comparison = compare(predicted(nothing, { plannedClass: "K5" }), actual, ["a"]);
  expect(comparison.missedDrops).toEqual(["columnsRemoved res_partner.code"]);
  expect(comparison.schema).toMatchObject({ predicted: 0, actual: 1, hits: 0 });
});

describe("records", () => {
  it("that are deleted without having been predicted are a missed drop", () => {
    const { "a.menu": _, ...left } = empty.records;
    const actual: Actual = { ...nothing, after: { ...empty, records: left } };
    expect(compare(predicted(actual), actual, ["a"]).missedDrops).toEqual(["deleted a.menu"]);
    expect(compare(predicted(actual, {}, [record("a.menu", "deleted")]), actual, ["a"]).records.missed).toEqual([]);
  });

  it("that were to be kept and changed are missed, and the other way round invented", () => {
    const actual: Actual = { ...nothing, changed: { "a.menu": { model: "ir.ui.menu", fields: { name: ["a", "b"] } } } };
    expect(compare(predicted(actual, {}, [record("a.menu", "kept")]), actual, ["a"]).records.missed).toEqual(["changed a.menu"]);
    expect(compare(predicted(nothing, {}, [record("a.menu", "overwritten")]), nothing, ["a"]).records.invented).toEqual(["changed a.menu"]);
  });

  it("at the other end of a predicted link needn't be predicted", () => {
    const actual: Actual = {
      ...nothing,
      changed: {
        "a.menu": { model: "ir.ui.menu", fields: { group_ids: [null, "7"] } },
        "a.group": { model: "res.groups", fields: { menu_access: [null, "1"] } },
      },
    };
    expect(compare(predicted(actual, {}, [record("a.menu", "changed")]), actual, ["a"]).records).toMatchObject({ missed: [], hits: 1 });
    expect(compare(predicted(actual), actual, ["a"]).records.missed).toEqual(["changed a.group", "changed a.menu"]);
  });

  it("need no prediction for what stands in a column that came with the release", () => {
    const after = { ...empty, fields: { ...empty.fields, "ir.ui.menu.colour": { id: 4, kind: "char stored" } } };
    const changed = (fields: Record<string, readonly [string, string]>): Actual => ({
      ...nothing,
      after,
      changed: { "a.menu": { model: "ir.ui.menu", fields } },
    });
    const come = changed({ colour: ["", "red"] });
    expect(compare(predicted(come), come, ["a"]).records.missed).toEqual([]);
    const renamed = changed({ colour: ["", "red"], name: ["a", "b"] });
    expect(compare(predicted(renamed), renamed, ["a"]).records.missed).toEqual(["changed a.menu"]);
  });
});
