import type { RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import { isGiven } from "../registry/static-values.ts";
import { fieldIndexText, foreignKeyText, primaryKey } from "./definitions.ts";
import { columnOf, hasOwnTable, indexOf, onDelete } from "./model-columns.ts";
import { fieldIndexName, objectName, quoted } from "./postgres-names.ts";
import { lastDeclared, unsure, type UpdateGround } from "./update-ground.ts";

interface WantedKey {
  readonly table: string;
  readonly column: string;
  readonly target: string;
  readonly ondelete: string;
  readonly model: RegistryModel;
  readonly field: RegistryField;
}

/** Tables of many2many fields, foreign keys and the indexes of fields, in Odoo's order: all models have their tables by then. */
export function updateLinks(ground: UpdateGround, models: readonly RegistryModel[]): void {
  const keys = new Map<string, WantedKey>();
  const links: Link[] = [];
  for (const model of models) {
    if (!hasOwnTable(model)) continue;
    for (const field of model.fields.values()) {
      if (field.stored === false) continue;
      if (field.type === "many2many") links.push({ model, field, loaded: loadedAt(ground, model, field) });
      else if (field.type === "many2one") wantKey(ground, model, field, keys);
    }
  }
  // Of two fields that share a table, the one that is loaded first makes it.
  for (const { model, field } of links.sort((a, b) => a.loaded - b.loaded)) updateRelation(ground, model, field, keys);
  for (const key of keys.values()) updateForeignKey(ground, key);
  for (const model of models) {
    if (!hasOwnTable(model)) continue;
    for (const field of model.fields.values()) updateIndex(ground, model, field);
  }
}

interface Link {
  readonly model: RegistryModel;
  readonly field: RegistryField;
  readonly loaded: number;
}

/** Place of the first module that has both, in load order. */
function loadedAt({ after }: UpdateGround, model: RegistryModel, field: RegistryField): number {
  const places = [model.declared[0]?.module, field.declared[0]?.module].map((module) =>
    module === undefined ? 0 : after.modules.indexOf(module),
  );
  return Math.max(...places);
}

function wantKey(ground: UpdateGround, model: RegistryModel, field: RegistryField, keys: Map<string, WantedKey>): void {
  if (isGiven(field.attributes["company_dependent"]) || field.stored === null) return;
  const comodel = field.comodel === null ? undefined : ground.after.models.get(field.comodel);
  if (comodel === undefined) return;
  // Actions are a table that others inherit from, on which foreign keys don't work.
  if (!hasOwnTable(comodel) || comodel.table === "ir_actions" || !ground.draft.tables.has(comodel.table)) return;
  const key = { table: model.table, column: field.name, target: comodel.table, ondelete: onDelete(field, model, comodel), model, field };
  keys.set(`${key.table}.${key.column}`, key);
}

function updateRelation(ground: UpdateGround, model: RegistryModel, field: RegistryField, keys: Map<string, WantedKey>): void {
  const { relation } = field;
  if (relation === null) {
    if (field.stored === true && ground.before?.models.get(model.name)?.fields.get(field.name) === undefined)
      unsure(ground, "tables", model.name, `The table of ${model.name}.${field.name} can't be told.`, "K3");
    return;
  }
  const { draft } = ground;
  const { table, column1, column2 } = relation;
  if (!draft.tables.has(table) && !draft.views.has(table)) {
    draft.tables.add(table);
    for (const column of [column1, column2]) draft.setColumn(table, column, { type: "integer", notNull: true, hasDefault: false });
    const primary = primaryKey(table, [column1, column2]);
    draft.setConstraint(`${table}.${primary.name}`, primary.constraint);
    draft.indexes.set(primary.name, primary.index);
    const reverse = objectName(table, `${column2}_${column1}`, "idx");
    draft.indexes.set(
      reverse,
      `CREATE INDEX ${quoted(reverse)} ON public.${quoted(table)} USING btree (${quoted(column2)}, ${quoted(column1)})`,
    );
    ground.changes.push({ kind: "relation-added", table, model: model.name, declared: lastDeclared(field), column1, column2 });
  }
  const comodel = field.comodel === null ? undefined : ground.after.models.get(field.comodel);
  const first = { table, column: column1, target: model.table, ondelete: "cascade", model, field };
  if (draft.tables.has(model.table) && !keys.has(`${table}.${column1}`)) keys.set(`${table}.${column1}`, first);
  if (comodel === undefined || !draft.tables.has(comodel.table)) return;
  const given = field.attributes["ondelete"];
  const ondelete = given?.known === true && typeof given.value === "string" ? given.value : "cascade";
  keys.set(`${table}.${column2}`, { table, column: column2, target: comodel.table, ondelete, model, field });
}

function updateForeignKey(ground: UpdateGround, { table, column, target, ondelete, model, field }: WantedKey): void {
  const { draft } = ground;
  if (draft.column(table, column) === undefined) return;
  const definition = foreignKeyText(column, target, ondelete);
  const there = draft.foreignKey(table, column);
  if (there !== undefined && there.target === target) {
    draft.setConstraint(there.key, definition);
    return;
  }
  if (there !== undefined) draft.removeConstraint(there.key);
  draft.setConstraint(freeName(ground, table, objectName(table, column, "fkey")), definition);
  const existing = `${table}.${column}` in ground.catalogue.columns;
  ground.changes.push({ kind: "foreign-key-added", table, column, model: model.name, declared: lastDeclared(field), target, existing });
}

function freeName({ draft }: UpdateGround, table: string, name: string): string {
  let free = `${table}.${name}`;
  for (let count = 1; draft.constraints.has(free); count += 1) free = `${table}.${name}${count}`;
  return free;
}

/** An index that is there under its name is left alone, whatever it is like (`Registry.check_indexes`). */
function updateIndex(ground: UpdateGround, model: RegistryModel, field: RegistryField): void {
  const index = columnOf(field) === null ? null : indexOf(field);
  if (index === null) return;
  const { draft } = ground;
  const name = fieldIndexName(model.table, field.name);
  const translated = isGiven(field.attributes["translate"]);
  if (draft.indexes.has(name) || draft.column(model.table, field.name) === undefined) return;
  if ((index === "trigram" && !ground.trigram) || (translated && index !== "trigram")) return;
  const company = isGiven(field.attributes["company_dependent"]);
  const definition = fieldIndexText(name, model.table, field.name, { index, company, translated });
  draft.indexes.set(name, definition);
  const existing = `${model.table}.${field.name}` in ground.catalogue.columns;
  ground.changes.push({
    kind: "index-added",
    table: model.table,
    model: model.name,
    declared: lastDeclared(field),
    name,
    written: "",
    unique: false,
    existing,
  });
}
