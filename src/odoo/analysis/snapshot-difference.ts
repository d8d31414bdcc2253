import type { CatalogueSnapshot, RecordFacts } from "../../domain/fleet/catalogue-snapshot.ts";
import type { DatabaseDifference, ImpactClass } from "../../domain/impact/impact.ts";
import {
  configurationLinksReason,
  differsOnlyOnDelete,
  foreignKeyReason,
  reflectionModels,
  reflectionReason,
  technicalTable,
} from "./known-noise.ts";
import { configurationLinks } from "./link-tables.ts";

/** A difference that was seen and explained. */
export interface ExplainedNoise {
  readonly what: string;
  readonly reason: string;
}

/** What an update did to a database, without known noise; every list is sorted. */
export function compareSnapshots(before: CatalogueSnapshot, after: CatalogueSnapshot): DatabaseDifference {
  const there = new Set(after.tables);
  const kept = new Set(before.tables.filter((table) => there.has(table)));
  return {
    tablesAdded: missingFrom(before.tables, after.tables),
    tablesRemoved: missingFrom(after.tables, before.tables),
    ...compareColumns(before, after, kept),
    ...compareDefinitions(before, after, kept),
    recordsAdded: recordsOnlyIn(after, before),
    recordsRemoved: recordsOnlyIn(before, after),
    modulesAdded: missingFrom(Object.keys(before.modules), Object.keys(after.modules)),
    modulesRemoved: missingFrom(Object.keys(after.modules), Object.keys(before.modules)),
    fieldsRemoved: missingFrom(Object.keys(after.fields), Object.keys(before.fields)),
    selectionsRemoved: missingFrom(Object.keys(after.selections), Object.keys(before.selections)),
    rowsLost: lostRows(before, after),
    otherChanges: otherChanges(before, after),
  };
}

/** Tables with fewer rows than before, without known noise. */
export function lostRows(before: CatalogueSnapshot, after: CatalogueSnapshot): string[] {
  return rowChanges(before, after)
    .filter((change) => !change.noise)
    .map((change) => change.text);
}

/** The class that an update turned out to have. */
export function observedClass(difference: DatabaseDifference): ImpactClass {
  const removed = [
    difference.tablesRemoved,
    difference.columnsRemoved,
    difference.recordsRemoved,
    difference.modulesRemoved,
    difference.fieldsRemoved,
    difference.selectionsRemoved,
    difference.rowsLost,
  ];
  if (removed.some((list) => list.length > 0)) return "K5";
  const restricts = difference.constraintsAdded.some((line) => /: (UNIQUE|CHECK|EXCLUDE)/.test(line));
  if (difference.columnsRequired.length > 0 || difference.columnsRetyped.length > 0 || restricts) return "K4";
  const grown = [
    difference.tablesAdded,
    difference.columnsAdded,
    difference.columnsRelaxed,
    difference.constraintsAdded,
    difference.constraintsRemoved,
    difference.indexesAdded,
    difference.indexesRemoved,
    difference.modulesAdded,
    difference.otherChanges,
  ];
  return grown.some((list) => list.length > 0) ? "K3" : "K2";
}

/** What was seen and left out of the comparison, so that a record can show it. */
export function explainedNoise(before: CatalogueSnapshot, after: CatalogueSnapshot): ExplainedNoise[] {
  const flips = Object.entries(before.constraints)
    .filter(
      ([name, definition]) => definition !== after.constraints[name] && differsOnlyOnDelete(definition, after.constraints[name] ?? ""),
    )
    .map(([name]) => ({ what: `foreign key ${name}: ON DELETE rule`, reason: foreignKeyReason }));
  const reflections = Object.keys(before.records).filter(
    (name) => !(name in after.records) && reflectionLives(before.records[name], after),
  );
  const xmlids =
    reflections.length === 0
      ? []
      : [{ what: `${reflections.length} xmlids of fields and selection values that are still there`, reason: reflectionReason }];
  const rows = rowChanges(before, after).flatMap((change) =>
    change.noise ? [{ what: `rows of ${change.text}`, reason: change.noise }] : [],
  );
  return [...flips, ...xmlids, ...rows];
}

/** Did only the xmlid go, not the field or selection value that it named? */
function reflectionLives(record: RecordFacts | undefined, after: CatalogueSnapshot): boolean {
  if (record?.model === "ir.model.fields") return Object.values(after.fields).some((field) => field.id === record.id);
  return record?.model === "ir.model.fields.selection" && Object.values(after.selections).includes(record.id);
}

function compareColumns(
  before: CatalogueSnapshot,
  after: CatalogueSnapshot,
  kept: ReadonlySet<string>,
): Pick<DatabaseDifference, "columnsAdded" | "columnsRemoved" | "columnsRetyped" | "columnsRequired" | "columnsRelaxed"> {
  const inKept = (column: string): boolean => kept.has(column.slice(0, column.lastIndexOf(".")));
  const added = missingFrom(Object.keys(before.columns), Object.keys(after.columns)).filter(inKept);
  const removed = missingFrom(Object.keys(after.columns), Object.keys(before.columns)).filter(inKept);
  const both = Object.keys(before.columns).filter((name) => name in after.columns);
  const changed = both.sort().map((name) => ({ name, old: before.columns[name], now: after.columns[name] }));
  return {
    columnsAdded: added,
    columnsRemoved: removed,
    columnsRetyped: changed.flatMap(({ name, old, now }) => (old?.type === now?.type ? [] : [`${name}: ${old?.type} → ${now?.type}`])),
    // A new column that must have a value counts too: every row had to be written.
    columnsRequired: [
      ...changed.filter(({ old, now }) => old?.notNull === false && now?.notNull === true).map(({ name }) => name),
      ...added.filter((name) => after.columns[name]?.notNull === true),
    ].sort(),
    columnsRelaxed: changed.filter(({ old, now }) => old?.notNull === true && now?.notNull === false).map(({ name }) => name),
  };
}

/** A changed definition is one removed and one added. What belongs to a table that came or went is said by the table. */
function compareDefinitions(
  before: CatalogueSnapshot,
  after: CatalogueSnapshot,
  kept: ReadonlySet<string>,
): Pick<DatabaseDifference, "constraintsAdded" | "constraintsRemoved" | "indexesAdded" | "indexesRemoved"> {
  const inKept = (name: string): boolean => kept.has(name.slice(0, name.lastIndexOf(".")));
  const same = (old: string | undefined, now: string | undefined): boolean => old === now || differsOnlyOnDelete(old ?? "", now ?? "");
  const constraints = (from: CatalogueSnapshot, to: CatalogueSnapshot): string[] =>
    definitionsOnlyIn(to.constraints, from.constraints, same).filter((line) => inKept(line.slice(0, line.indexOf(": "))));
  const indexes = (from: CatalogueSnapshot, to: CatalogueSnapshot): string[] =>
    definitionsOnlyIn(to.indexes, from.indexes, same).filter((line) => kept.has(indexTable(line)));
  return {
    constraintsAdded: constraints(before, after),
    constraintsRemoved: constraints(after, before),
    indexesAdded: indexes(before, after),
    indexesRemoved: indexes(after, before),
  };
}

/** `… CREATE UNIQUE INDEX name ON public.project_task USING btree (name)` → `project_task`. */
function indexTable(line: string): string {
  const qualified = / ON (?:ONLY )?(\S+) USING /.exec(line)?.[1] ?? "";
  return qualified.replace(/^public\./, "").replaceAll('"', "");
}

function definitionsOnlyIn(
  inThis: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
  same: (a: string | undefined, b: string | undefined) => boolean,
): string[] {
  return Object.entries(inThis)
    .filter(([name, definition]) => !same(other[name], definition))
    .map(([name, definition]) => `${name}: ${definition}`)
    .sort();
}

/** A record that lives on under another xmlid was renamed, not removed. */
function recordsOnlyIn(inThis: CatalogueSnapshot, other: CatalogueSnapshot): string[] {
  const there = new Set(Object.values(other.records).map(({ model, id }) => `${model} ${id}`));
  return Object.entries(inThis.records)
    .filter(([name, { model, id }]) => !(name in other.records) && !reflectionModels.has(model) && !there.has(`${model} ${id}`))
    .map(([name, { model }]) => `${name} (${model})`)
    .sort();
}

interface RowChange {
  readonly text: string;
  /** The reason, when it is known noise. */
  readonly noise: string | null;
}

function rowChanges(before: CatalogueSnapshot, after: CatalogueSnapshot): RowChange[] {
  const transient = new Set([...before.transientTables, ...after.transientTables]);
  const estimated = new Set([...before.estimatedTables, ...after.estimatedTables]);
  const fewer = Object.entries(before.rows).filter(([table, was]) => (after.rows[table] ?? was) < was && !estimated.has(table));
  if (fewer.length === 0) return [];
  const links = configurationLinks(before);
  return fewer
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, was]) => {
      const now = after.rows[table];
      const wizard = transient.has(table) ? "Rows of wizards, which Odoo throws away." : null;
      const noise = wizard ?? (links.has(table) ? configurationLinksReason : (technicalTable(table)?.reason ?? null));
      return { text: `${table}: ${was} → ${now}`, noise };
    });
}

function otherChanges(before: CatalogueSnapshot, after: CatalogueSnapshot): string[] {
  const kinds = [
    ["view", before.views, after.views],
    ["materialized view", before.materializedViews, after.materializedViews],
    ["sequence", before.sequences, after.sequences],
  ] as const;
  const relations = kinds.flatMap(([kind, old, now]) => [
    ...missingFrom(old, now).map((name) => `${kind} ${name} added`),
    ...missingFrom(now, old).map((name) => `${kind} ${name} removed`),
  ]);
  const functions = before.functionCount === after.functionCount ? [] : [`functions: ${before.functionCount} → ${after.functionCount}`];
  return [...relations, ...functions];
}

/** Sorted names of `names` that `from` hasn't. */
function missingFrom(from: readonly string[], names: readonly string[]): string[] {
  const there = new Set(from);
  return names.filter((name) => !there.has(name)).sort();
}
