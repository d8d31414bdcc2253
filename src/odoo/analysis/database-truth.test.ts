import { describe, expect, it } from "vitest";
import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";
import type { UpdateTruth } from "../../domain/fleet/update-truth.ts";
import type { Impact } from "../../domain/impact/impact.ts";
import type { Base, ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";
import { verdictOf, type EvidenceRow } from "../../domain/verdict/verdict.ts";
import { judgeDatabaseTruth, type DatabaseTruthInput, type UpdateLogFacts } from "./database-truth.ts";

const module = {
  name: "a",
  version: "19.0.1.1",
  installable: true,
  depends: ["base"],
  addonsIndex: 0,
  migrationScripts: [],
} as unknown as ModuleFacts;
const script = { module: "a", version: "1.1", stage: "post", file: "post-x.py" } as const;
const snapshot: CatalogueSnapshot = {
  formatVersion: 1,
  tables: ["task", "tag"],
  views: [],
  materializedViews: [],
  sequences: [],
  functionCount: 0,
  columns: { "task.hours": { type: "integer", notNull: false, hasDefault: false } },
  constraints: {},
  indexes: {},
  records: { "a.view": { model: "ir.ui.view", id: 7, noupdate: false }, "a.stage": { model: "task", id: 1, noupdate: false } },
  modules: { a: { state: "installed", version: "19.0.1.0" } },
  models: {},
  fields: {},
  selections: {},
  transientTables: [],
  rows: { task: 10, tag: 5 },
  estimatedTables: [],
  invariants: { "analytic lines": "3 rows, 12.50 units, amount 0" },
};
const truth: UpdateTruth = {
  modules: [
    { name: "base", state: "installed", version: "19.0.1.3", imported: false },
    { name: "a", state: "installed", version: "19.0.1.1", imported: false },
    { name: "imported_theme", state: "installed", version: null, imported: true },
  ],
  partiallyUpdated: false,
  constraintCount: 12,
  constraintProblems: [],
  requiredCount: 8,
  requiredWithoutNotNull: [],
  requiredWithoutColumn: [],
};
const log: UpdateLogFacts = { scriptsSeen: [script], modulesLoaded: ["a"], reachedEnd: true, unexplained: [], allowedCount: 1, cut: false };
const good: DatabaseTruthInput = {
  at: "2026-01-31T10:00:00.000Z",
  run: { exitCode: 0, signal: null, timedOut: false },
  log,
  impact: { closure: ["a"], installs: [], expectedScripts: [script] } as unknown as Impact,
  release: { formatVersion: 1, series: "19.0", addonsPaths: 1, modules: [module], files: [] } satisfies ReleaseContent,
  base: { modules: [{ ...module, name: "base", version: "19.0.1.3", depends: [] }] } as unknown as Base,
  truth,
  truthBefore: truth,
  before: snapshot,
  after: snapshot,
  agreedRemovals: { tables: [], columns: [], records: [], modules: [] },
  views: { outcome: "passed", seen: "all" },
};

function notPassed(change: Partial<DatabaseTruthInput>): Record<string, string> {
  return Object.fromEntries(
    judgeDatabaseTruth({ ...good, ...change })
      .filter((row) => row.outcome !== "passed")
      .map((row) => [row.id, row.outcome]),
  );
}

function rowOf(id: string, change: Partial<DatabaseTruthInput>): EvidenceRow | undefined {
  return judgeDatabaseTruth({ ...good, ...change }).find((row) => row.id === id);
}

function after(change: Partial<CatalogueSnapshot>): Partial<DatabaseTruthInput> {
  return { after: { ...snapshot, ...change } };
}

const missing = { name: "task_u", model: "task", module: "a", type: "constraint", definition: "UNIQUE (name)", found: "missing" } as const;

describe("database truth", () => {
  it("passes a good update with a row for every clause", () => {
    const rows = judgeDatabaseTruth(good);
    expect(verdictOf(rows, "ok").kind).toBe("passed");
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(rows).toHaveLength(20);
  });

  it.each<[string, Partial<DatabaseTruthInput>, Record<string, string>]>([
    ["an exit code", { run: { exitCode: 255, signal: null, timedOut: false } }, { "exit-code-zero": "failed" }],
    ["a signal", { run: { exitCode: null, signal: "SIGKILL", timedOut: false } }, { "exit-code-zero": "failed" }],
    ["an overrun", { run: { exitCode: 0, signal: null, timedOut: true } }, { "exit-code-zero": "failed" }],
    ["a log without its end", { log: { ...log, reachedEnd: false } }, { "log-reaches-end": "failed" }],
    ["a cut log", { log: { ...log, cut: true } }, { "log-reaches-end": "inconclusive" }],
    [
      "a new warning",
      { log: { ...log, unexplained: [{ level: "WARNING", logger: "odoo.schema", example: "unable to add constraint", count: 2 }] } },
      { "no-new-log-problems": "failed" },
    ],
    ["a module that wasn't updated", { log: { ...log, modulesLoaded: [] } }, { "planned-modules-updated": "failed" }],
    ["a script that wasn't seen", { log: { ...log, scriptsSeen: [] } }, { "expected-scripts-ran": "failed" }],
    [
      "a script of the same name in another stage",
      { log: { ...log, scriptsSeen: [{ ...script, version: "1.2" }] } },
      { "expected-scripts-ran": "failed" },
    ],
    [
      "a pending module",
      { truth: { ...truth, modules: truth.modules.map((one) => (one.name === "a" ? { ...one, state: "to upgrade" } : one)) } },
      { "no-pending-modules": "failed" },
    ],
    ["the half-done note", { truth: { ...truth, partiallyUpdated: true } }, { "not-partially-updated": "failed" }],
    [
      "an old version",
      { truth: { ...truth, modules: truth.modules.map((one) => (one.name === "a" ? { ...one, version: "19.0.1.0" } : one)) } },
      { "versions-equal-manifests": "failed" },
    ],
    ["a module without code", { release: { ...good.release, modules: [] } }, { "versions-equal-manifests": "failed" }],
    [
      "a listed constraint that doesn't exist (F5)",
      { truth: { ...truth, constraintProblems: [missing] } },
      { "listed-constraints-exist": "failed" },
    ],
    ["no constraint read at all", { truth: { ...truth, constraintCount: 0 } }, { "listed-constraints-exist": "inconclusive" }],
    [
      "a required field that may be empty (F6)",
      { truth: { ...truth, requiredWithoutNotNull: ["task.name"] } },
      { "required-fields-not-null": "failed" },
    ],
    [
      "a required field without a column",
      { truth: { ...truth, requiredWithoutColumn: ["task.name"] } },
      { "required-fields-not-null": "failed" },
    ],
    ["a dropped table", after({ tables: ["task"], rows: { task: 10 } }), { "no-unlisted-table-drop": "failed" }],
    ["a dropped column", after({ columns: {} }), { "no-unlisted-column-drop": "failed" }],
    [
      "a removed record",
      after({ records: { "a.stage": { model: "task", id: 1, noupdate: false } } }),
      { "no-unlisted-record-removal": "failed" },
    ],
    ["an uninstalled module", after({ modules: {} }), { "no-unlisted-module-removal": "failed" }],
    ["lost rows", after({ rows: { task: 9, tag: 5 } }), { "no-rows-lost": "failed" }],
    ["rows that nobody could count", after({ estimatedTables: ["task"] }), { "no-rows-lost": "inconclusive" }],
    [
      "a changed total",
      after({ invariants: { "analytic lines": "3 rows, 12.25 units, amount 0" } }),
      { "business-invariants-equal": "failed" },
    ],
    ["a lost total", after({ invariants: {} }), { "business-invariants-equal": "failed" }],
    ["broken views", { views: { outcome: "failed", seen: ["task form"] } }, { "views-still-combine": "failed" }],
    ["views that weren't tried", { views: { outcome: "inconclusive", seen: "not run" } }, { "views-still-combine": "inconclusive" }],
  ])("finds exactly %s", (_what, change, expected) => {
    expect(notPassed(change)).toEqual(expected);
  });

  it("lets the plan's removals pass, and only these", () => {
    const removals = { tables: ["tag"], columns: ["task.hours"], records: ["a.view", "a.stage (task)"], modules: ["a"] };
    const change = { ...after({ tables: ["task"], columns: {}, records: {}, modules: {}, rows: { task: 9 } }), agreedRemovals: removals };
    expect(notPassed(change)).toEqual({});
    expect(notPassed({ ...change, agreedRemovals: { ...removals, columns: [] } })).toEqual({ "no-unlisted-column-drop": "failed" });
    expect(notPassed({ ...change, ...after({ records: {}, rows: { task: 8, tag: 5 } }) })).toEqual({ "no-rows-lost": "failed" });
    expect(
      notPassed({ ...after({ rows: { task: 1, tag: 5 } }), agreedRemovals: { ...good.agreedRemovals, records: ["rows of task"] } }),
    ).toEqual({});
  });

  it("lets links and actions go with the records that the plan lists", () => {
    const columns = { ...snapshot.columns, "task.id": { type: "integer", notNull: true, hasDefault: true } };
    const constraints = { "rel.f": "FOREIGN KEY (task_id) REFERENCES task(id) ON DELETE CASCADE" };
    const records = { ...snapshot.records, "a.action": { model: "ir.actions.act_window", id: 3, noupdate: false } };
    const rows = { task: 10, rel: 40, ir_actions: 9, ir_act_window: 4 };
    const was = { ...snapshot, tables: ["task", "rel"], columns, constraints, records, rows };
    const now = { ...was, records: {}, rows: { task: 9, rel: 20, ir_actions: 8, ir_act_window: 3 } };
    const agreed = { ...good.agreedRemovals, records: ["a.view", "a.stage", "a.action"] };
    expect(notPassed({ before: was, after: now, agreedRemovals: agreed })).toEqual({});
    expect(
      notPassed({
        before: was,
        after: { ...now, records: { "a.stage": { model: "task", id: 1, noupdate: false } } },
        agreedRemovals: agreed,
      }),
    ).toEqual({ "no-rows-lost": "failed" });
  });

  it("shows what was wrong before the update, and counts only what is new", () => {
    const wrong = { ...truth, constraintProblems: [missing], requiredWithoutNotNull: ["task.name"] };
    expect(notPassed({ truth: wrong, truthBefore: wrong })).toEqual({});
    expect(rowOf("required-fields-not-null", { truth: wrong, truthBefore: wrong })?.seen).toMatchObject({
      wrongBeforeToo: ["task.name may be empty"],
    });
    const more = { ...wrong, requiredWithoutNotNull: ["task.name", "task.stage"] };
    expect(rowOf("required-fields-not-null", { truth: more, truthBefore: wrong })).toMatchObject({
      outcome: "failed",
      seen: ["task.stage may be empty"],
    });
  });

  it("tells a person what is wrong", () => {
    expect(rowOf("listed-constraints-exist", { truth: { ...truth, constraintProblems: [missing] } })?.seen).toEqual([
      "constraint task_u of task (a): PostgreSQL has none; Odoo lists UNIQUE (name)",
    ]);
    const lag = { ...truth, modules: [{ name: "a", state: "installed", version: "19.0.1.0", imported: false }] };
    expect(rowOf("versions-equal-manifests", { truth: lag })?.seen).toEqual(["a: 19.0.1.0 in the database, 19.0.1.1 on disk"]);
  });

  it("tolerates exactly the lag that a code-only release left, and none of what it was to update", () => {
    const behind = { ...truth, modules: [{ name: "a", state: "installed", version: "19.0.1.0", imported: false }] };
    const lag = [{ module: "a", database: "19.0.1.0", code: "19.0.1.1" }];
    const elsewhere = { ...good.impact, closure: ["b"] };
    const outcome = (change: Partial<DatabaseTruthInput>): string | undefined =>
      rowOf("versions-equal-manifests", { truth: behind, ...change })?.outcome;
    expect(outcome({ impact: elsewhere, lag })).toBe("passed");
    expect(outcome({ lag })).toBe("failed");
    expect(outcome({ impact: elsewhere })).toBe("failed");
    expect(outcome({ impact: elsewhere, lag: [{ module: "a", database: "19.0.1.0", code: "19.0.1.2" }] })).toBe("failed");
  });
});
