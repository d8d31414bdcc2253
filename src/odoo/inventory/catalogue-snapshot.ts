import type { CatalogueSnapshot, ColumnFacts, RecordFacts } from "../../domain/fleet/catalogue-snapshot.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readInvariants } from "./invariants.ts";
import { readRowCounts } from "./row-counts.ts";

export type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";

/** Relations of the system, of sessions and of TOAST belong to nobody's schema. */
const userSchemas = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp%'`;
const qualified = (name: string): string => `CASE n.nspname WHEN 'public' THEN ${name} ELSE n.nspname || '.' || ${name} END`;

export interface SnapshotBounds {
  /** What isn't counted in this time is estimated. */
  readonly countMs?: number;
  /** Leaves users' totals out, which take long where there is much. */
  readonly withoutTotals?: true;
}

/** Everything that the gate database-truth compares, read inside one snapshot of the database (measured: below a second at 470 tables). */
export async function readSnapshot(sql: SqlReader, bounds: SnapshotBounds = {}): Promise<CatalogueSnapshot> {
  const relations = await readRelations(sql);
  const named = (...kinds: readonly string[]): string[] => relations.filter((one) => kinds.includes(one.kind)).map((one) => one.name);
  const columns = await readColumns(sql);
  const { rows, estimatedTables } = await readRowCounts(sql, bounds.countMs);
  return {
    formatVersion: 1,
    tables: named("r", "p", "f"),
    views: named("v"),
    materializedViews: named("m"),
    sequences: named("S"),
    functionCount: await countFunctions(sql),
    columns,
    constraints: await readConstraints(sql),
    indexes: await readIndexes(sql),
    ...(await readOdooRecords(sql)),
    rows,
    estimatedTables,
    invariants: bounds.withoutTotals === true ? {} : await readInvariants(sql, columns),
  };
}

async function readRelations(sql: SqlReader): Promise<{ name: string; kind: string }[]> {
  return sql.query(
    `SELECT ${qualified("c.relname")}::text AS name, c.relkind::text AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${userSchemas} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') ORDER BY 1`,
  );
}

async function countFunctions(sql: SqlReader): Promise<number> {
  const [row] = await sql.query<{ functions: number }>(
    `SELECT count(*) AS functions FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${userSchemas}`,
  );
  return row?.functions ?? 0;
}

async function readColumns(sql: SqlReader): Promise<Record<string, ColumnFacts>> {
  const rows = await sql.query<{ name: string } & ColumnFacts & Record<string, unknown>>(
    `SELECT ${qualified("c.relname")} || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull", a.atthasdef AS "hasDefault"
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE ${userSchemas} AND c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ name, type, notNull, hasDefault }) => [name, { type, notNull, hasDefault }]));
}

async function readConstraints(sql: SqlReader): Promise<Record<string, string>> {
  const rows = await sql.query<{ name: string; definition: string }>(
    `SELECT ${qualified("c.relname")} || '.' || k.conname AS name, pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' (not validated)' END AS definition
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${userSchemas} ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.definition]));
}

async function readIndexes(sql: SqlReader): Promise<Record<string, string>> {
  const rows = await sql.query<{ name: string; definition: string }>(
    `SELECT ${qualified("x.relname")}::text AS name, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END AS definition
      FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace WHERE ${userSchemas} ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.definition]));
}

type OdooRecords = Pick<CatalogueSnapshot, "records" | "modules" | "models" | "fields" | "selections" | "transientTables">;

async function readOdooRecords(sql: SqlReader): Promise<OdooRecords> {
  const records = await sql.query<{ name: string } & RecordFacts & Record<string, unknown>>(
    `SELECT module || '.' || name AS name, model, coalesce(res_id, 0) AS id, coalesce(noupdate, false) AS noupdate FROM ir_model_data`,
  );
  const modules = await sql.query<{ name: string; state: string; version: string | null }>(
    `SELECT name, state, latest_version AS version FROM ir_module_module WHERE state IS NOT NULL AND state NOT IN ('uninstalled', 'uninstallable') ORDER BY name`,
  );
  const models = await sql.query<{ model: string; id: number; transient: boolean }>(
    "SELECT model, id, coalesce(transient, false) AS transient FROM ir_model ORDER BY model",
  );
  const fields = await sql.query<{ name: string; id: number; kind: string }>(
    `SELECT model || '.' || name AS name, id, concat_ws(' ', ttype, relation, CASE WHEN store THEN 'stored' END, CASE WHEN required THEN 'required' END,
      CASE WHEN state = 'manual' THEN 'manual' END) AS kind FROM ir_model_fields ORDER BY 1`,
  );
  const selections = await sql.query<{ name: string; id: number }>(
    `SELECT f.model || '.' || f.name || ': ' || s.value AS name, s.id FROM ir_model_fields_selection s JOIN ir_model_fields f ON f.id = s.field_id ORDER BY 1`,
  );
  return {
    records: Object.fromEntries(records.map(({ name, model, id, noupdate }) => [name, { model, id, noupdate }])),
    modules: Object.fromEntries(modules.map(({ name, state, version }) => [name, { state, version }])),
    models: Object.fromEntries(models.map(({ model, id }) => [model, id])),
    fields: Object.fromEntries(fields.map(({ name, id, kind }) => [name, { id, kind }])),
    selections: Object.fromEntries(selections.map(({ name, id }) => [name, id])),
    transientTables: models.filter((row) => row.transient).map((row) => row.model.replaceAll(".", "_")),
  };
}
