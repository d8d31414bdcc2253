import type { Registry, RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import { isGiven, staticText, textOf, truth } from "../registry/static-values.ts";
import type { FieldIndex } from "./definitions.ts";
import type { Fill } from "./schema-change.ts";

/** Does Odoo make and keep a table for it (`_auto`)? */
export function hasOwnTable(model: RegistryModel): boolean {
  return model.type !== "abstract" && model.auto;
}

/** The type of the field's column; null: it has none. */
export function columnOf(field: RegistryField): string | null {
  return field.stored === false ? null : field.columnType;
}

/** What the field asks of its index; null: none. Company-dependent ones have one unless they say otherwise. */
export function indexOf(field: RegistryField): FieldIndex | null {
  const { index, company_dependent: company } = field.attributes;
  if (index === undefined) return isGiven(company) ? "btree_not_null" : null;
  const name = textOf(index);
  if (name === "btree_not_null" || name === "trigram") return name;
  return truth(index, false) === true ? "btree" : null;
}

/** `ON DELETE` of a many2one (`Many2one.setup_nonrelated`). */
export function onDelete(field: RegistryField, model: RegistryModel, comodel: RegistryModel): string {
  const given = textOf(field.attributes["ondelete"]);
  if (given !== null) return given;
  const required = field.required === true;
  if (model.type === "transient" && comodel.type !== "transient") return required ? "cascade" : "set null";
  return required ? "restrict" : "set null";
}

/** How rows that are there get a value. A default of `None` or `False` gives none, but for a boolean. */
export function fillOf(field: RegistryField): Fill {
  const { compute, related, default: given } = field.attributes;
  if (given !== undefined && (!given.known || (given.value !== null && (given.value !== false || field.type === "boolean"))))
    return "default";
  if (isGiven(compute) || isGiven(related)) return "computed";
  return "nothing";
}

/** Everything of a field that the schema depends on, so that two releases can be compared. */
export function schemaFacts(field: RegistryField): string {
  const { attributes } = field;
  const parts = [field.type, field.stored, field.required, field.columnType, field.comodel, JSON.stringify(field.relation)];
  const texts = ["index", "ondelete", "company_dependent", "store", "required"].map((name) => staticText(attributes[name]));
  return [...parts, isGiven(attributes["translate"]), ...texts, field.type === null ? staticText(attributes["type"]) : ""].join("|");
}

/** Columns of stored fields by table, over all models that share it. */
export function columnsByTable(registry: Registry): Map<string, Set<string>> {
  const columns = new Map<string, Set<string>>();
  for (const model of registry.models.values()) {
    if (!hasOwnTable(model)) continue;
    const there = columns.get(model.table) ?? new Set<string>();
    columns.set(model.table, there);
    for (const field of model.fields.values())
      if (field.stored !== false && (field.columnType !== null || field.type === null)) there.add(field.name);
  }
  return columns;
}
