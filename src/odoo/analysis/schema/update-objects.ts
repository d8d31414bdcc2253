import type { RegistryModel, RegistryObject } from "../../../domain/release/registry.ts";
import { staticText, textOf } from "../registry/static-values.ts";
import { constraintText, constraintType, indexText } from "./definitions.ts";
import type { ColumnTypes } from "./deparse-expression.ts";
import { hasOwnTable } from "./model-columns.ts";
import { unsure, type UpdateGround } from "./update-ground.ts";

/** Declared constraints and indexes: made anew where the declaration differs from the one that Odoo noted in the comment. */
export function updateObjects(ground: UpdateGround, model: RegistryModel): void {
  if (!hasOwnTable(model)) return;
  for (const object of model.objects.values()) updateObject(ground, model, object);
}

function updateObject(ground: UpdateGround, model: RegistryModel, object: RegistryObject): void {
  const { draft, before } = ground;
  const { table } = model;
  const key = `${table}.${object.name}`;
  const isConstraint = object.type === "constraint";
  const there = isConstraint ? draft.constraints.get(key) : draft.indexes.get(object.name);
  const old = before?.models.get(model.name)?.objects.get(object.name);
  const same = old !== undefined && old.type === object.type && staticText(old.definition) === staticText(object.definition);
  if (same && there !== undefined) return;
  if (same) {
    unsure(
      ground,
      isConstraint ? "constraints" : "indexes",
      table,
      `${object.name} should be there already and isn't: Odoo tries once more.`,
      "K4",
    );
    return;
  }
  const declared = textOf(object.definition);
  if (declared === null) {
    if (object.definition.known) return;
    unsure(
      ground,
      isConstraint ? "constraints" : "indexes",
      table,
      `The definition of ${object.name} can't be told without running the code.`,
      "K4",
    );
    return;
  }
  const types: ColumnTypes = (column) => draft.column(table, column)?.type;
  const definition = isConstraint
    ? constraintText(declared, types)
    : indexText({ name: object.name, table, unique: object.type === "unique index" }, declared, types);
  if (there === definition) return;
  if (there !== undefined && isConstraint) draft.removeConstraint(key);
  put(ground, { table, name: object.name, definition, isConstraint });
  const of = { table, model: model.name, declared: object.declared, name: object.name, existing: ground.catalogue.tables.includes(table) };
  const unique = isConstraint ? constraintType(declared) === "unique" : object.type === "unique index";
  ground.changes.push({ kind: isConstraint ? "constraint-added" : "index-added", ...of, written: declared, unique });
}

function put(
  { draft }: UpdateGround,
  { table, name, definition, isConstraint }: { table: string; name: string; definition: string; isConstraint: boolean },
): void {
  if (!isConstraint) return void draft.indexes.set(name, definition);
  draft.setConstraint(`${table}.${name}`, definition);
  if (constraintType(definition) === "unique")
    draft.indexes.set(
      name,
      indexText({ name, table, unique: true }, definition.replace(/^UNIQUE (NULLS NOT DISTINCT )?/, ""), () => undefined),
    );
}
