import { describe, expect, it } from "vitest";
import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";
import { compareSnapshots, explainedNoise, observedClass } from "./snapshot-difference.ts";

const column = { type: "integer", notNull: false, hasDefault: false };
const before: CatalogueSnapshot = {
  formatVersion: 1,
  tables: ["task", "tag", "wizard"],
  views: ["report"],
  materializedViews: [],
  sequences: ["task_id_seq"],
  functionCount: 3,
  columns: { "task.id": { ...column, notNull: true }, "task.hours": column, "task.must": { ...column, notNull: true }, "tag.id": column },
  constraints: { "task.fk": "FOREIGN KEY (tag_id) REFERENCES tag(id) ON DELETE RESTRICT", "task.pkey": "PRIMARY KEY (id)" },
  indexes: { task_index: "CREATE INDEX task_index ON public.task USING btree (hours)" },
  records: {
    "a.view": { model: "ir.ui.view", id: 7, noupdate: false },
    "a.field_task__hours": { model: "ir.model.fields", id: 1, noupdate: false },
    "a.model_task": { model: "ir.model", id: 3, noupdate: false },
  },
  modules: { a: { state: "installed", version: "19.0.1.0" } },
  models: { task: 3 },
  fields: { "task.hours": { id: 1, kind: "integer stored" } },
  selections: { "task.state: open": 4 },
  transientTables: ["wizard"],
  rows: { task: 10, tag: 3, wizard: 5, bus_bus: 9 },
  estimatedTables: [],
  invariants: { tasks: "10 rows" },
};

function after(change: Partial<CatalogueSnapshot>): CatalogueSnapshot {
  return { ...before, ...change };
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

describe("differences", () => {
  it("are none between equal snapshots", () => {
    const difference = compareSnapshots(before, before);
    expect(Object.values(difference).every((list) => list.length === 0)).toBe(true);
    expect(observedClass(difference)).toBe("K2");
  });

  it.each<[string, Partial<CatalogueSnapshot>, object, string]>([
    ["a nullable column", { columns: { ...before.columns, "task.note": column } }, { columnsAdded: ["task.note"] }, "K3"],
    [
      "a new table",
      { tables: [...before.tables, "new"], columns: { ...before.columns, "new.id": column } },
      { tablesAdded: ["new"], columnsAdded: [] },
      "K3",
    ],
    [
      "an index",
      { indexes: { ...before.indexes, i2: "CREATE INDEX i2 ON public.tag USING btree (id)" } },
      { indexesAdded: ["i2: CREATE INDEX i2 ON public.tag USING btree (id)"] },
      "K3",
    ],
    [
      "a required column",
      { columns: { ...before.columns, "task.note": { ...column, notNull: true } } },
      { columnsRequired: ["task.note"] },
      "K4",
    ],
    [
      "a column that becomes required",
      { columns: { ...before.columns, "task.hours": { ...column, notNull: true } } },
      { columnsRequired: ["task.hours"] },
      "K4",
    ],
    ["a column that may be empty now", { columns: { ...before.columns, "task.must": column } }, { columnsRelaxed: ["task.must"] }, "K3"],
    [
      "another type",
      { columns: { ...before.columns, "task.hours": { ...column, type: "numeric" } } },
      { columnsRetyped: ["task.hours: integer → numeric"] },
      "K4",
    ],
    [
      "a unique constraint",
      { constraints: { ...before.constraints, "task.u": "UNIQUE (hours)" } },
      { constraintsAdded: ["task.u: UNIQUE (hours)"] },
      "K4",
    ],
    ["a dropped column", { columns: without(before.columns, "task.hours") }, { columnsRemoved: ["task.hours"] }, "K5"],
    [
      "a dropped table, without its columns one by one",
      { tables: ["task", "wizard"], columns: without(before.columns, "tag.id"), rows: without(before.rows, "tag") },
      { tablesRemoved: ["tag"], columnsRemoved: [], rowsLost: [] },
      "K5",
    ],
    ["a removed record", { records: without(before.records, "a.view") }, { recordsRemoved: ["a.view (ir.ui.view)"] }, "K5"],
    [
      "a removed model",
      { records: without(before.records, "a.model_task"), models: {} },
      { recordsRemoved: ["a.model_task (ir.model)"] },
      "K5",
    ],
    [
      "a removed field",
      { fields: {}, records: without(before.records, "a.field_task__hours") },
      { fieldsRemoved: ["task.hours"], recordsRemoved: [] },
      "K5",
    ],
    ["a removed selection value", { selections: {} }, { selectionsRemoved: ["task.state: open"] }, "K5"],
    ["an uninstalled module", { modules: {} }, { modulesRemoved: ["a"] }, "K5"],
    ["lost rows", { rows: { ...before.rows, task: 9 } }, { rowsLost: ["task: 10 → 9"] }, "K5"],
    ["a dropped view", { views: [] }, { otherChanges: ["view report removed"] }, "K3"],
    [
      "a changed index",
      { indexes: { task_index: "CREATE UNIQUE INDEX task_index ON public.task USING btree (hours)" } },
      { indexesRemoved: [expect.stringContaining("CREATE INDEX")], indexesAdded: [expect.stringContaining("UNIQUE")] },
      "K3",
    ],
  ])("show %s", (_what, change, expected, impactClass) => {
    const difference = compareSnapshots(before, after(change));
    expect(difference).toMatchObject(expected);
    expect(observedClass(difference)).toBe(impactClass);
  });

  it("take a record under a new xmlid for renamed", () => {
    const renamed = { ...without(before.records, "a.view"), "b.view": { model: "ir.ui.view", id: 7, noupdate: false } };
    expect(compareSnapshots(before, after({ records: renamed })).recordsRemoved).toEqual([]);
  });
});

describe("known noise", () => {
  it("is left out and explained", () => {
    const noisy = after({
      constraints: { ...before.constraints, "task.fk": "FOREIGN KEY (tag_id) REFERENCES tag(id) ON DELETE CASCADE" },
      records: without(before.records, "a.field_task__hours"),
      rows: { ...before.rows, wizard: 0, bus_bus: 1 },
    });
    const difference = compareSnapshots(before, noisy);
    expect(Object.values(difference).every((list) => list.length === 0)).toBe(true);
    expect(explainedNoise(before, noisy).map((one) => one.what)).toEqual([
      "foreign key task.fk: ON DELETE rule",
      "1 xmlids of fields and selection values that are still there",
      "rows of bus_bus: 9 → 1",
      "rows of wizard: 5 → 0",
    ]);
  });

  it("has links between configuration records, but no links of users' data", () => {
    const linked = (target: string): CatalogueSnapshot => ({
      ...before,
      tables: [...before.tables, "x_rel"],
      columns: { ...before.columns, "x_rel.a": column, "x_rel.b": column },
      constraints: {
        ...before.constraints,
        "x_rel.f1": "FOREIGN KEY (a) REFERENCES ir_ui_menu(id) ON DELETE CASCADE",
        "x_rel.f2": `FOREIGN KEY (b) REFERENCES ${target}(id) ON DELETE CASCADE`,
      },
      rows: { ...before.rows, x_rel: 4 },
    });
    const fewer = (snapshot: CatalogueSnapshot): CatalogueSnapshot => ({ ...snapshot, rows: { ...snapshot.rows, x_rel: 3 } });
    expect(compareSnapshots(linked("res_groups"), fewer(linked("res_groups"))).rowsLost).toEqual([]);
    expect(compareSnapshots(linked("res_users"), fewer(linked("res_users"))).rowsLost).toEqual(["x_rel: 4 → 3"]);
  });

  it("doesn't hide a foreign key that points elsewhere or is gone", () => {
    expect(
      compareSnapshots(
        before,
        after({ constraints: { ...before.constraints, "task.fk": "FOREIGN KEY (tag_id) REFERENCES task(id) ON DELETE CASCADE" } }),
      ).constraintsRemoved,
    ).toHaveLength(1);
    expect(compareSnapshots(before, after({ constraints: without(before.constraints, "task.fk") })).constraintsRemoved).toHaveLength(1);
  });
});
