import type { Static } from "../../../domain/release/module-source.ts";
import { has, integerOf, isGiven, truth } from "./static-values.ts";

interface FieldType {
  /** Odoo's `ttype`. */
  readonly type: string;
  /** As PostgreSQL's `format_type` writes it; null: no column. */
  readonly column: string | null;
  /** Python's base class, when that is a field type too. */
  readonly parent?: string;
}

/** What stands after `fields.` (`orm/fields*.py`; `Serialized` is of base_sparse_field). */
const fieldTypes: ReadonlyMap<string, FieldType> = new Map(
  Object.entries({
    Id: { type: "integer", column: "integer" },
    Boolean: { type: "boolean", column: "boolean" },
    Integer: { type: "integer", column: "integer" },
    Many2oneReference: { type: "many2one_reference", column: "integer", parent: "Integer" },
    Float: { type: "float", column: "double precision" },
    Monetary: { type: "monetary", column: "numeric" },
    Char: { type: "char", column: "character varying" },
    Text: { type: "text", column: "text" },
    Html: { type: "html", column: "text" },
    Selection: { type: "selection", column: "character varying" },
    Reference: { type: "reference", column: "character varying", parent: "Selection" },
    Date: { type: "date", column: "date" },
    Datetime: { type: "datetime", column: "timestamp without time zone" },
    Binary: { type: "binary", column: "bytea" },
    Image: { type: "binary", column: "bytea", parent: "Binary" },
    Json: { type: "json", column: "jsonb" },
    Properties: { type: "properties", column: "jsonb" },
    PropertiesDefinition: { type: "properties_definition", column: "jsonb" },
    Serialized: { type: "serialized", column: "text" },
    Many2one: { type: "many2one", column: "integer" },
    One2many: { type: "one2many", column: null },
    Many2many: { type: "many2many", column: null },
  } satisfies Record<string, FieldType>),
);

const relational: ReadonlySet<string> = new Set(["many2one", "one2many", "many2many"]);

/** `Char` → `char`; null: a type that isn't Odoo's own. */
export function typeOf(declared: string): string | null {
  return fieldTypes.get(declared)?.type ?? null;
}

export function isRelational(type: string | null): boolean {
  return type !== null && relational.has(type);
}

/** Does Python's `isinstance` hold between a field of this type and that one's class? Of a type that isn't known the best is assumed. */
export function extendsType(declared: string, other: string): boolean {
  if (declared === other) return true;
  const own = fieldTypes.get(declared);
  if (own === undefined || !fieldTypes.has(other)) return true;
  return own.parent === other;
}

/** The type of a stored field's column; null: it has none, or its type isn't known. */
export function columnTypeOf(declared: string, attributes: Readonly<Record<string, Static>>): string | null {
  const type = fieldTypes.get(declared);
  if (type === undefined || type.column === null) return null;
  if (type.type === "binary") return truth(attributes["attachment"], true) === false ? type.column : null;
  if (isGiven(attributes["company_dependent"]) || isGiven(attributes["translate"])) return "jsonb";
  if (type.type === "float") return hasDigits(attributes) ? "numeric" : type.column;
  if (type.type === "char") {
    const size = integerOf(attributes["size"]);
    return size !== null && size > 0 ? `${type.column}(${size})` : type.column;
  }
  return type.column;
}

/** `digits=None` is as none; any other value, `False` too, asks for a number without rounding (`orm/fields_numeric.py`). */
function hasDigits(attributes: Readonly<Record<string, Static>>): boolean {
  if (!has(attributes, "digits")) return has(attributes, "min_display_digits");
  const digits = attributes["digits"];
  return digits?.known !== true || digits.value !== null;
}
