import type { SqlReader } from "../../src/app/ports/tenant-database.ts";
import { reflectionModels } from "../../src/odoo/analysis/known-noise.ts";

/** `module.name` → column, or many2many field, → value as text. */
export type RecordContents = ReadonlyMap<string, RecordContent>;

export interface RecordContent {
  readonly model: string;
  readonly values: Readonly<Record<string, string | null>>;
}

/** What changed of a record with an xmlid: field → value before and after, cut to `valueCharactersMax`. */
export interface ChangedRecord {
  readonly model: string;
  readonly fields: Readonly<Record<string, readonly [string | null, string | null]>>;
}

const valueCharactersMax = 4_000;

/** Written by every update, or by the clock, whatever the release holds. */
const bookkeeping: ReadonlySet<string> = new Set([
  "create_uid",
  "create_date",
  "write_uid",
  "write_date",
  "arch_prev",
  "arch_updated",
  "arch_fs",
  "nextcall",
  "lastcall",
  "parent_path",
]);

/** Odoo's account of its modules changes with every version. */
const skippedModels: ReadonlySet<string> = new Set([
  ...reflectionModels,
  "ir.model",
  "ir.module.module",
  "ir.module.module.dependency",
  "ir.module.category",
]);

/** Every row that has an xmlid, with its many2many links, except what mirrors code. */
export async function readRecordContents(sql: SqlReader): Promise<RecordContents> {
  const named = await sql.query<{ xmlid: string; model: string; id: number }>(
    "SELECT module || '.' || name AS xmlid, model, res_id AS id FROM ir_model_data WHERE res_id IS NOT NULL ORDER BY 1",
  );
  const byModel = Map.groupBy(
    named.filter(({ model }) => !skippedModels.has(model)),
    ({ model }) => model,
  );
  const tables = new Set(
    (await sql.query<{ name: string }>("SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'")).map(
      ({ name }) => name,
    ),
  );
  const contents = new Map<string, RecordContent>();
  for (const [model, records] of byModel) {
    const table = model.replaceAll(".", "_");
    if (!tables.has(table)) continue;
    const rows = await rowsOf(
      sql,
      table,
      records.map(({ id }) => id),
    );
    await addLinks(sql, model, tables, rows);
    for (const { xmlid, id } of records) {
      const values = rows.get(id);
      if (values !== undefined) contents.set(xmlid, { model, values });
    }
  }
  return contents;
}

type Rows = Map<number, Record<string, string | null>>;

async function rowsOf(sql: SqlReader, table: string, ids: readonly number[]): Promise<Rows> {
  const rows = await sql.query<{ id: number; row: Record<string, unknown> }>(
    `SELECT id, to_jsonb(t) AS row FROM "${table}" t WHERE id = ANY($1)`,
    [ids],
  );
  return new Map(
    rows.map(({ id, row }) => [
      id,
      Object.fromEntries(
        Object.entries(row).flatMap(([name, value]) => (name === "id" || bookkeeping.has(name) ? [] : [[name, textOf(value)]])),
      ),
    ]),
  );
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value);

async function addLinks(sql: SqlReader, model: string, tables: ReadonlySet<string>, rows: Rows): Promise<void> {
  const fields = await sql.query<{ name: string; relation: string; own: string; other: string }>(
    `SELECT name, relation_table AS relation, column1 AS own, column2 AS other FROM ir_model_fields
      WHERE model = $1 AND ttype = 'many2many' AND store AND relation_table IS NOT NULL AND column1 IS NOT NULL AND column2 IS NOT NULL`,
    [model],
  );
  for (const { name, relation, own, other } of fields) {
    if (!tables.has(relation)) continue;
    const links = await sql.query<{ id: number; others: number[] }>(
      `SELECT "${own}" AS id, array_agg("${other}" ORDER BY "${other}") AS others FROM "${relation}" WHERE "${own}" = ANY($1) GROUP BY 1`,
      [[...rows.keys()]],
    );
    for (const { id, others } of links) {
      const row = rows.get(id);
      if (row !== undefined) row[name] = others.join(" ");
    }
  }
}

/** Records that are there before and after under one xmlid, with another content. */
export function changedRecords(before: RecordContents, after: RecordContents): Record<string, ChangedRecord> {
  const changed: Record<string, ChangedRecord> = {};
  for (const [xmlid, { model, values }] of before) {
    const now = after.get(xmlid);
    if (now === undefined) continue;
    const names = Object.keys({ ...values, ...now.values }).filter((name) => (values[name] ?? null) !== (now.values[name] ?? null));
    if (names.length === 0) continue;
    changed[xmlid] = { model, fields: Object.fromEntries(names.sort().map((name) => [name, [cut(values[name]), cut(now.values[name])]])) };
  }
  return changed;
}

const cut = (value: string | null | undefined): string | null => value?.slice(0, valueCharactersMax) ?? null;
