import type { ColumnFacts } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import { isGiven } from "../registry/static-values.ts";
import { primaryKey } from "./definitions.ts";
import { columnOf, fillOf, hasOwnTable, schemaFacts } from "./model-columns.ts";
import { fieldIndexName, objectName } from "./postgres-names.ts";
import { lastDeclared, modelDeclared, rowsOf, unsure, type UpdateGround } from "./update-ground.ts";

/** Table and columns of a model (`_auto_init`). */
export function updateTable(ground: UpdateGround, model: RegistryModel): void {
  const { draft, changes } = ground;
  const isNew = !draft.tables.has(model.table) && !draft.views.has(model.table);
  if (!hasOwnTable(model)) {
    // `init` is what makes the view; without one the model has nothing.
    if (!isNew || !makesView(model)) return;
    draft.views.add(model.table);
    changes.push({ kind: "view-added", table: model.table, model: model.name, declared: modelDeclared(model) });
    return;
  }
  if (isNew) {
    addTable(ground, model.table);
    changes.push({ kind: "table-added", table: model.table, model: model.name, declared: modelDeclared(model) });
  }
  const parentPath = model.attributes["_parent_store"];
  if (isGiven(parentPath) && draft.column(model.table, "parent_path") === undefined)
    draft.setColumn(model.table, "parent_path", { type: "character varying", notNull: false, hasDefault: false });
  for (const field of model.fields.values()) updateField(ground, model, field, isNew);
}

export function makesView({ attributes, methods }: RegistryModel): boolean {
  return "_auto" in attributes && methods.has("init");
}

function addTable({ draft }: UpdateGround, table: string): void {
  draft.tables.add(table);
  draft.sequences.add(objectName(table, "id", "seq"));
  draft.setColumn(table, "id", { type: "integer", notNull: true, hasDefault: true });
  const key = primaryKey(table, ["id"]);
  draft.setConstraint(`${table}.${key.name}`, key.constraint);
  draft.indexes.set(key.name, key.index);
}

function updateField(ground: UpdateGround, model: RegistryModel, field: RegistryField, isNew: boolean): void {
  if (field.name === "id") return;
  const old = ground.before?.models.get(model.name)?.fields.get(field.name) ?? null;
  const facts = ground.draft.column(model.table, field.name);
  const what = `${model.name}.${field.name}`;
  const same = old !== null && schemaFacts(old) === schemaFacts(field);
  if (field.type === null || field.stored === null || field.required === null) {
    // What can't be read is as it was when nothing that can be read differs.
    if (!same) unsure(ground, "columns", model.table, `${what}: type, store or required can't be told without running the code.`, "K4");
    if (field.type === null) return;
  }
  const type = columnOf(field);
  if (type === null) return;
  if (facts === undefined) addColumn(ground, model, field, type, isNew);
  else if (!isNew) keepColumn(ground, model, field, { type, facts, old, same });
}

function addColumn(ground: UpdateGround, model: RegistryModel, field: RegistryField, type: string, isNew: boolean): void {
  const { table } = model;
  const fill = fillOf(field);
  const refused = field.required === true && !isNew && fill === "nothing" && rowsOf(ground.catalogue, table) > 0;
  const required = field.required !== true ? "no" : refused ? "refused" : "set";
  ground.draft.setColumn(table, field.name, { type, notNull: required === "set", hasDefault: false });
  if (isNew) return;
  const of = { table, column: field.name, model: model.name, declared: lastDeclared(field) };
  ground.changes.push({ kind: "column-added", ...of, type, fill, required });
  if (
    field.required === true &&
    (refused || field.attributes["default"]?.known === false || fill === "computed") &&
    rowsOf(ground.catalogue, table) > 0
  )
    unsure(ground, "columns", table, `Whether ${table}.${field.name} becomes NOT NULL depends on what its default or compute gives.`);
}

interface Kept {
  readonly type: string;
  readonly facts: ColumnFacts;
  readonly old: RegistryField | null;
  /** Both releases say the same. */
  readonly same: boolean;
}

function keepColumn(ground: UpdateGround, model: RegistryModel, field: RegistryField, kept: Kept): void {
  const { table } = model;
  const { facts, old, same } = kept;
  const of = { table, column: field.name, model: model.name, declared: lastDeclared(field) };
  if (
    facts.type === "jsonb" &&
    old !== null &&
    isGiven(old.attributes["company_dependent"]) &&
    !isGiven(field.attributes["company_dependent"]) &&
    kept.type !== "jsonb"
  )
    return void ground.changes.push({ kind: "company-dependence-kept", ...of });
  const type = typeAfter(field, facts.type, kept.type);
  const newlyStored = old !== null && old.stored === false && fillOf(field) === "computed";
  if (newlyStored) ground.changes.push({ kind: "not-recomputed", ...of });
  if (type !== facts.type) retype(ground, model, field, { from: facts.type, to: type, same });
  let notNull = facts.notNull;
  if (field.required === true && !notNull) {
    if (old?.required === true && old.stored !== false) {
      unsure(ground, "columns", table, `${table}.${field.name} should be NOT NULL already and isn't: Odoo tries once more.`, "K4");
    } else {
      notNull = true;
      ground.changes.push({ kind: "column-required", ...of, fill: fillOf(field) });
    }
  } else if (field.required === false && notNull) {
    notNull = false;
    ground.changes.push({ kind: "column-relaxed", ...of });
    if (same) unsure(ground, "columns", table, `${table}.${field.name} is NOT NULL, although neither release says so.`);
  }
  ground.draft.setColumn(table, field.name, { type, notNull, hasDefault: facts.hasDefault && type === facts.type });
}

/** Odoo looks at the type without its length, and for a Char also whether the length is too small (`update_db_column`). */
function typeAfter(field: RegistryField, now: string, wanted: string): string {
  const lengthOf = (type: string): number => Number(/\((\d+)\)/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY);
  const plain = (type: string): string => type.replace(/\(.*\)/, "");
  if (plain(now) !== plain(wanted)) return wanted;
  return field.type === "char" && lengthOf(now) < lengthOf(wanted) ? wanted : now;
}

function retype(
  ground: UpdateGround,
  model: RegistryModel,
  field: RegistryField,
  { from, to, same }: { readonly from: string; readonly to: string; readonly same: boolean },
): void {
  const texts = field.type === "char" || field.type === "text" || field.type === "html";
  const using = texts && (isGiven(field.attributes["translate"]) || from === "jsonb") ? "translation" : "cast";
  if (using === "translation") ground.draft.indexes.delete(fieldIndexName(model.table, field.name));
  const of = { table: model.table, column: field.name, model: model.name, declared: lastDeclared(field) };
  ground.changes.push({ kind: "column-retyped", ...of, from, to, using });
  if (same) unsure(ground, "columns", model.table, `${model.table}.${field.name} has the type ${from}, although neither release says so.`);
  if (ground.catalogue.views.length + ground.catalogue.materializedViews.length > 0)
    unsure(ground, "views", "*", `A view that reads ${model.table}.${field.name} is dropped before the type is changed.`);
}

/** Columns of fields that are gone, or aren't stored any more, lose NOT NULL (`_check_removed_columns`). */
export function relaxRemoved(ground: UpdateGround, columnsOf: () => ReadonlyMap<string, ReadonlySet<string>>): void {
  const { draft, before, after, catalogue } = ground;
  if (before === null) return;
  const columns = columnsOf();
  for (const model of after.models.values()) {
    const old = before.models.get(model.name);
    if (old === undefined || !hasOwnTable(model) || draft.columnsOf(model.table).size === 0) continue;
    for (const field of old.fields.values()) {
      const { name } = field;
      const facts = draft.column(model.table, name);
      if (facts === undefined || name === "id" || columns.get(model.table)?.has(name) === true) continue;
      if (catalogue.fields[`${model.name}.${name}`]?.kind.endsWith(" manual") === true) continue;
      const now = model.fields.get(name);
      const of = { table: model.table, column: name, model: model.name, declared: now === undefined ? null : lastDeclared(now) };
      if (now !== undefined && columnOf(field) !== null) ground.changes.push({ kind: "column-kept", ...of });
      if (!facts.notNull) continue;
      draft.setColumn(model.table, name, { ...facts, notNull: false });
      ground.changes.push({ kind: "column-relaxed", ...of });
    }
  }
}
