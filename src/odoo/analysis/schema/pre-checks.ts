import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { PreCheck, Uncertainty } from "../../../domain/impact/prediction.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { textOf } from "../registry/static-values.ts";
import { castBetween, refusedBy } from "./casts.ts";
import { constraintType, indexParts, unwrapped } from "./definitions.ts";
import { quoted } from "./postgres-names.ts";
import { columnsOfExpression } from "./safe-expression.ts";
import type { SchemaChange } from "./schema-change.ts";
import { rowsOf } from "./update-ground.ts";

export interface PreChecks {
  readonly preChecks: readonly PreCheck[];
  /** Dangers for which no question could be written. */
  readonly uncertain: readonly Uncertainty[];
}

/** Questions to ask of the database before an update: each answers with rows that would stop it, or leave it half done. */
export function preChecksFor(changes: readonly SchemaChange[], catalogue: CatalogueSnapshot, registry: Registry): PreChecks {
  const asking = new Asking(catalogue, registry);
  for (const change of changes) asking.about(change);
  return { preChecks: asking.checks, uncertain: asking.uncertain };
}

class Asking {
  readonly checks: PreCheck[] = [];
  readonly uncertain: Uncertainty[] = [];
  readonly #catalogue: CatalogueSnapshot;
  readonly #registry: Registry;

  constructor(catalogue: CatalogueSnapshot, registry: Registry) {
    this.#catalogue = catalogue;
    this.#registry = registry;
  }

  about(change: SchemaChange): void {
    switch (change.kind) {
      case "column-added":
        if (change.required === "refused")
          this.#nulls(change, "TRUE", `${this.#name(change)} must have a value, and no default gives it one.`);
        return;
      case "column-required":
        if (change.fill === "nothing")
          this.#nulls(change, `${quoted(change.column)} IS NULL`, `${this.#name(change)} must have a value from now on.`);
        return;
      case "column-retyped":
        return this.#casts(change);
      case "foreign-key-added":
        return this.#orphans(change);
      case "constraint-added":
      case "index-added":
        return change.existing ? this.#object(change) : undefined;
      default:
    }
  }

  #nulls(change: Extract<SchemaChange, { column: string }>, where: string, what: string): void {
    const { table, column } = change;
    const sql = `SELECT ${this.#record(table)} AS example, count(*) OVER () AS total FROM ${quoted(table)} WHERE ${where} LIMIT 20`;
    this.checks.push({ id: `nulls:${table}:${column}`, kind: "nulls", what, sql, otherwise: "warns" });
  }

  #casts(change: Extract<SchemaChange, { kind: "column-retyped" }>): void {
    const { table, column, from, to } = change;
    if (change.using === "translation" || castBetween(from, to) === "always") return;
    const name = quoted(column);
    const refused = castBetween(from, to) === "never" ? `${name} IS NOT NULL` : refusedBy(from, to, name);
    if (refused === null)
      return this.#unsure("columns", table, `Whether every ${table}.${column} can be turned from ${from} into ${to} can't be asked.`);
    const sql = `SELECT ${name}::text AS example, count(*) OVER () AS total FROM ${quoted(table)} WHERE ${refused} LIMIT 20`;
    const what = `Every ${this.#name(change)} has to be turned from ${from} into ${to}.`;
    this.checks.push({ id: `uncastable:${table}:${column}`, kind: "uncastable", what, sql, otherwise: "fails" });
  }

  #orphans(change: Extract<SchemaChange, { kind: "foreign-key-added" }>): void {
    const { table, column, target } = change;
    if (!change.existing || rowsOf(this.#catalogue, table) === 0) return;
    const name = quoted(column);
    const exists = this.#catalogue.tables.includes(target)
      ? ` AND NOT EXISTS (SELECT 1 FROM ${quoted(target)} AS target WHERE target.id::text = source.${name}::text)`
      : "";
    const sql = `SELECT source.${name}::text AS example, count(*) OVER () AS total FROM ${quoted(table)} AS source WHERE source.${name} IS NOT NULL${exists} LIMIT 20`;
    const what = `Every ${this.#name(change)} has to be one that is there.`;
    this.checks.push({ id: `orphans:${table}:${column}`, kind: "orphans", what, sql, otherwise: "fails" });
  }

  #object(change: Extract<SchemaChange, { kind: "constraint-added" | "index-added" }>): void {
    const { written, table, name } = change;
    if (change.kind === "constraint-added" && constraintType(written) === "check")
      return this.#check(change, unwrapped(written.trim().replace(/^check\s*/i, "")));
    if (change.kind === "index-added" && !change.unique) return;
    const parts = change.unique ? indexParts(written.trim().replace(/^unique\s*(?:nulls not distinct\s*)?/i, "")) : null;
    if (parts === null) return this.#unsure("constraints", table, `Whether every row satisfies ${name} can't be asked.`);
    const columns = columnsOfExpression(parts.expressions);
    const where = parts.where === "" ? new Set<string>() : columnsOfExpression(parts.where);
    if (columns === null || where === null || !this.#there(table, [...columns, ...where]))
      return this.#unsure("constraints", table, `Whether every row satisfies ${name} can't be asked before the update.`);
    const nulls = /nulls not distinct/i.test(written) ? [] : [...columns].map((column) => `${quoted(column)} IS NOT NULL`);
    const conditions = [...nulls, ...(parts.where === "" ? [] : [`(${parts.where})`])];
    const filter = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
    const shown = `concat_ws(', ', ${parts.expressions}) || ' (' || count(*) || ' times)'`;
    const sql = `SELECT ${shown} AS example, count(*) OVER () AS total FROM ${quoted(table)}${filter} GROUP BY ${parts.expressions} HAVING count(*) > 1 LIMIT 20`;
    const labels = [...columns].map((column) => this.#label(change.model, column)).join(" and ");
    const what = `No two records of ${this.#model(change.model)} may have the same ${labels}.`;
    this.checks.push({ id: `unique:${table}:${name}`, kind: "duplicates", what, sql, otherwise: "warns" });
  }

  #check(change: Extract<SchemaChange, { kind: "constraint-added" | "index-added" }>, expression: string): void {
    const { table, name } = change;
    const columns = columnsOfExpression(expression);
    if (columns === null || !this.#there(table, [...columns]))
      return this.#unsure("constraints", table, `Whether every row satisfies ${name} can't be asked before the update.`);
    const sql = `SELECT ${this.#record(table)} AS example, count(*) OVER () AS total FROM ${quoted(table)} WHERE NOT (${expression}) LIMIT 20`;
    const what = `Every record of ${this.#model(change.model)} has to satisfy: ${expression}.`;
    this.checks.push({ id: `check:${table}:${name}`, kind: "check", what, sql, otherwise: "warns" });
  }

  #there(table: string, columns: readonly string[]): boolean {
    return columns.every((column) => `${table}.${column}` in this.#catalogue.columns);
  }

  #record(table: string): string {
    return `${table}.id` in this.#catalogue.columns ? "id::text" : "NULL::text";
  }

  #unsure(kind: string, of: string, why: string): void {
    this.uncertain.push({ touches: `${kind} of ${of}`, why });
  }

  #name(change: Extract<SchemaChange, { column: string }>): string {
    return `${this.#label(change.model, change.column)} of ${this.#model(change.model)}`;
  }

  #model(name: string): string {
    return textOf(this.#registry.models.get(name)?.attributes["_description"]) ?? name;
  }

  #label(model: string, column: string): string {
    return textOf(this.#registry.models.get(model)?.fields.get(column)?.attributes["string"]) ?? column;
  }
}
