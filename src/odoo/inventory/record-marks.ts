import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { withinTime } from "./within-time.ts";

export interface RecordMarks {
  /** xmlids of records that somebody other than the superuser wrote last, sorted. */
  readonly edited: readonly string[];
  /** xmlids whose row is gone, sorted. */
  readonly missing: readonly string[];
  /** Models that there was no time for, or that have too many such records. */
  readonly unread: readonly string[];
}

/** Tables that don't follow from the model's name (`_table`). */
const odooTables: ReadonlyMap<string, string> = new Map([
  ["ir.actions.act_window", "ir_act_window"],
  ["ir.actions.act_window.view", "ir_act_window_view"],
  ["ir.actions.act_window_close", "ir_actions"],
  ["ir.actions.act_url", "ir_act_url"],
  ["ir.actions.server", "ir_act_server"],
  ["ir.actions.client", "ir_act_client"],
  ["ir.actions.report", "ir_act_report_xml"],
  ["ir.actions.actions", "ir_actions"],
]);

/** Mirrors of code are Odoo's own business; views have a mark of their own. */
const notEdited = [
  "ir.model",
  "ir.model.fields",
  "ir.model.fields.selection",
  "ir.model.constraint",
  "ir.model.inherit",
  "ir.model.relation",
  "ir.ui.view",
];
/** Few round trips, and statements that PostgreSQL plans in milliseconds. */
const chunkModels = 40;
/** A model with more of them was imported, not configured. */
const mostPerModel = 20_000;

interface Readable extends Record<string, unknown> {
  readonly model: string;
  readonly named: number;
  readonly relation: string;
  readonly writer: boolean;
}

/** Only xmlids of modules count: what people imported or exported no update touches. */
const ofModules = "EXISTS (SELECT 1 FROM ir_module_module m WHERE m.name = d.module)";

/** @param until as `performance.now()` tells it */
export async function readRecordMarks(sql: SqlReader, tables: ReadonlyMap<string, string>, until: number): Promise<RecordMarks> {
  const readable = await readableModels(sql, new Map([...odooTables, ...tables]), until);
  if (readable === null) return { edited: [], missing: [], unread: ["*"] };
  const edited: string[] = [];
  const missing: string[] = [];
  const unread = readable.filter(({ named }) => named > mostPerModel).map(({ model }) => model);
  const small = readable.filter(({ named }) => named <= mostPerModel);
  for (let start = 0; start < small.length; start += chunkModels) {
    const chunk = small.slice(start, start + chunkModels);
    const text = chunk.map((one, index) => marksSql(one, index + 1)).join(" UNION ALL ");
    const rows = await withinTime(sql, until, () =>
      sql.query<{ xmlid: string; gone: boolean }>(
        text,
        chunk.map(({ model }) => model),
      ),
    );
    if (rows === null) unread.push(...chunk.map(({ model }) => model));
    for (const { xmlid, gone } of rows ?? []) (gone ? missing : edited).push(xmlid);
  }
  return { edited: edited.sort(), missing: missing.sort(), unread: unread.sort() };
}

async function readableModels(sql: SqlReader, tables: ReadonlyMap<string, string>, until: number): Promise<Readable[] | null> {
  return withinTime(sql, until, () =>
    sql.query<Readable>(
      `SELECT t.model, t.named, format('%I.%I', n.nspname, c.relname) AS relation,
        t.model <> ALL ($3::text[]) AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'write_uid' AND NOT a.attisdropped) AS writer
      FROM (
        SELECT d.model, count(*) AS named, coalesce((SELECT o.relation FROM unnest($1::text[], $2::text[]) AS o(model, relation) WHERE o.model = d.model),
          replace(d.model, '.', '_')) AS relation FROM ir_model_data d WHERE d.res_id IS NOT NULL AND ${ofModules} GROUP BY d.model
      ) t JOIN pg_class c ON c.oid = to_regclass(format('public.%I', t.relation)) JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')
        AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped) ORDER BY t.named, t.model`,
      [[...tables.keys()], [...tables.values()], notEdited],
    ),
  );
}

function marksSql({ relation, writer }: Readable, parameter: number): string {
  const edited = writer ? " OR t.write_uid <> 1" : "";
  return `(SELECT d.module || '.' || d.name AS xmlid, t.id IS NULL AS gone FROM ir_model_data d LEFT JOIN ${relation} t ON t.id = d.res_id
    WHERE d.model = $${parameter} AND d.res_id IS NOT NULL AND ${ofModules} AND (t.id IS NULL${edited}))`;
}
