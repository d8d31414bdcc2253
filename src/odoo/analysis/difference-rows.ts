import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";
import type { AgreedRemovals, DatabaseDifference } from "../../domain/impact/impact.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { rowMaker, shown, type RowMaker } from "./evidence.ts";
import { linkTables } from "./link-tables.ts";
import { compareSnapshots, explainedNoise, observedClass } from "./snapshot-difference.ts";

export interface DifferenceInput {
  readonly at: string;
  readonly before: CatalogueSnapshot;
  readonly after: CatalogueSnapshot;
  readonly agreedRemovals: AgreedRemovals;
}

/** The rows of the gate database-truth that compare the clone before and after. What the plan doesn't list must still be there. */
export function differenceRows(input: DifferenceInput): EvidenceRow[] {
  const { before, after, agreedRemovals: agreed } = input;
  const difference = compareSnapshots(before, after);
  const row = rowMaker("catalogue before and after", input.at);
  const records = unagreedRecords(difference.recordsRemoved, agreed);
  return [
    removalRow(row, "no-unlisted-table-drop", "No table was dropped that the plan doesn't list", difference.tablesRemoved, agreed.tables),
    removalRow(
      row,
      "no-unlisted-column-drop",
      "No column was dropped that the plan doesn't list",
      difference.columnsRemoved,
      agreed.columns,
    ),
    removalRow(
      row,
      "no-unlisted-record-removal",
      "No record of a module was removed that the plan doesn't list",
      records,
      [],
      difference.recordsRemoved.length - records.length,
    ),
    removalRow(
      row,
      "no-unlisted-module-removal",
      "No module was uninstalled that the plan doesn't list",
      difference.modulesRemoved,
      agreed.modules,
    ),
    rowsLostRow(row, difference, input),
    invariantsRow(rowMaker("business totals before and after", input.at), before, after),
    row(
      "schema-differences",
      "What the update did to the schema (for information)",
      "passed",
      "whatever the release declares",
      schemaSeen(difference),
    ),
    row("record-differences", "What the update did to records of modules (for information)", "passed", "whatever the release declares", {
      added: shown(difference.recordsAdded),
      removed: shown(difference.recordsRemoved),
      fieldsRemoved: shown(difference.fieldsRemoved),
      selectionsRemoved: shown(difference.selectionsRemoved),
      modulesAdded: shown(difference.modulesAdded),
      observedClass: observedClass(difference),
    }),
    row("known-noise", "Differences that any update makes (for information)", "passed", "explained", noiseSeen(before, after)),
  ];
}

function removalRow(
  row: RowMaker,
  id: string,
  title: string,
  removed: readonly string[],
  agreed: readonly string[],
  agreedAlready = 0,
): EvidenceRow {
  const unlisted = removed.filter((name) => !agreed.includes(name));
  const listed = removed.length - unlisted.length + agreedAlready;
  return row(
    id,
    title,
    unlisted.length === 0 ? "passed" : "failed",
    { unlisted: 0 },
    unlisted.length === 0 ? { unlisted: 0, listed } : shown(unlisted),
  );
}

/** A plan lists records as `module.name`, with or without `(model)`; a listed module's records go with it. */
function unagreedRecords(removed: readonly string[], agreed: AgreedRemovals): string[] {
  return removed.filter((record) => {
    const name = record.slice(0, record.indexOf(" ("));
    return !agreed.records.includes(record) && !agreed.records.includes(name) && !agreed.modules.includes(name.slice(0, name.indexOf(".")));
  });
}

/**
 * Rows may become fewer by as many as the plan lists records of that table's model, and in tables that only link others by as
 * many as hung on those records. A plan that lets a script delete rows lists `rows of <table>` among its records.
 */
function rowsLostRow(row: RowMaker, difference: DatabaseDifference, input: DifferenceInput): EvidenceRow {
  const { before, after, agreedRemovals } = input;
  const allowed = allowedLosses(difference, input);
  const lost = difference.rowsLost.filter((line) => {
    const table = line.slice(0, line.indexOf(": "));
    const count = (before.rows[table] ?? 0) - (after.rows[table] ?? 0);
    return count > allowed(table) && !agreedRemovals.records.includes(`rows of ${table}`);
  });
  const title = "No table has fewer rows than before, but for what the plan lists";
  if (lost.length > 0) return row("no-rows-lost", title, "failed", "none", shown(lost));
  const estimated = [...new Set([...before.estimatedTables, ...after.estimatedTables])].filter(
    (table) => table in before.rows && table in after.rows,
  );
  if (estimated.length > 0)
    return row("no-rows-lost", title, "inconclusive", "every table counted", { notCountedInTime: shown(estimated.sort()) });
  return row("no-rows-lost", title, "passed", "none", { tables: Object.keys(before.rows).length, lost: 0 });
}

function allowedLosses(difference: DatabaseDifference, { before, agreedRemovals }: DifferenceInput): (table: string) => number {
  const unagreed = new Set(unagreedRecords(difference.recordsRemoved, agreedRemovals));
  const counts = new Map<string, number>();
  for (const record of difference.recordsRemoved.filter((name) => !unagreed.has(name))) {
    const table = tableOf(record.slice(record.indexOf(" (") + 2, -1));
    counts.set(table, (counts.get(table) ?? 0) + 1);
  }
  const links = linkTables(before);
  return (table) => {
    if (links.get(table)?.some((target) => counts.has(target)) === true) return Number.POSITIVE_INFINITY;
    return counts.get(actionTables.test(table) ? actions : table) ?? 0;
  };
}

/** Actions lie in tables of their own that inherit from one (`odoo/addons/base/models/ir_actions.py`); a cron is one too. */
const actionTables = /^ir_act(ions|_[a-z_]+)$/;
const actions = "actions";

function tableOf(model: string): string {
  return model.startsWith("ir.actions.") ? actions : model.replaceAll(".", "_");
}

function invariantsRow(row: RowMaker, before: CatalogueSnapshot, after: CatalogueSnapshot): EvidenceRow {
  const names = [...new Set([...Object.keys(before.invariants), ...Object.keys(after.invariants)])].sort();
  const changed = names.filter((name) => before.invariants[name] !== after.invariants[name]);
  const lines = changed.map((name) => `${name}: ${before.invariants[name] ?? "none"} → ${after.invariants[name] ?? "none"}`);
  const title = "Users' totals are what they were: posted amounts, hours, orders, contacts, tasks, attachments";
  const outcome = names.length === 0 ? "inconclusive" : changed.length === 0 ? "passed" : "failed";
  return row(
    "business-invariants-equal",
    title,
    outcome,
    { totals: names.length },
    changed.length === 0 ? { totals: names.length } : shown(lines),
  );
}

function schemaSeen(difference: DatabaseDifference): { readonly [key: string]: readonly string[] } {
  const {
    recordsAdded: _added,
    recordsRemoved: _removed,
    rowsLost: _rows,
    modulesAdded: _new,
    modulesRemoved: _gone,
    ...schema
  } = difference;
  const entries = Object.entries(schema as Readonly<Record<string, readonly string[]>>);
  return Object.fromEntries(entries.filter(([, list]) => list.length > 0).map(([kind, list]) => [kind, shown(list)]));
}

function noiseSeen(before: CatalogueSnapshot, after: CatalogueSnapshot): readonly string[] {
  return shown(explainedNoise(before, after).map(({ what, reason }) => `${what}: ${reason}`));
}
