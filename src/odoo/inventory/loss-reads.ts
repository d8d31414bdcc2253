import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { LossCount, LossFacts } from "../../domain/fleet/loss-facts.ts";

/** Counting may take this long altogether; what isn't counted by then is told. */
const budgetMs = 20_000;
const examplesMax = 3;

interface DatedTable extends Record<string, unknown> {
  readonly table: string;
  /** The name as SQL has it. */
  readonly relation: string;
  readonly literal: string;
  readonly model: string | null;
  readonly label: string | null;
  readonly changes: boolean;
  readonly nameColumn: string | null;
  readonly nameIsJson: boolean;
  readonly kindColumn: string | null;
  readonly estimate: number;
}

/** The moment by the database's own clock, which is the one that Odoo dates rows with; null: it doesn't say. */
export async function readDatabaseClock(sql: SqlReader): Promise<string | null> {
  const [row] = await sql.query<{ now: string }>(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now`,
  );
  return row?.now ?? null;
}

/**
 * Row writes by table, as PostgreSQL counted them; tables without any are left out. Sessions that still run tell theirs late,
 * by up to ten seconds when they idle, and rolled back ones count: an estimate.
 */
export async function readWriteCounters(sql: SqlReader): Promise<Readonly<Record<string, number>>> {
  const rows = await sql.query<{ table: string; writes: number }>(
    `SELECT relname::text AS "table", (n_tup_ins + n_tup_upd + n_tup_del)::bigint AS writes FROM pg_stat_user_tables
      WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.table, row.writes]));
}

/**
 * Counts what was created and changed since a moment, by the dates that Odoo writes into every row.
 *
 * @param since RFC 3339, by the database's clock; whole seconds, because some dates are
 * @param technical tables that nobody counts as business; their writes still show in the counters
 */
export async function readLoss(
  sql: SqlReader,
  since: string,
  technical: (model: string | null, table: string) => boolean,
  timeoutMs: number = budgetMs,
): Promise<LossFacts> {
  const until = await readDatabaseClock(sql);
  const counters = await readWriteCounters(sql);
  const tables = (await readDatedTables(sql)).filter(({ model, table }) => !technical(model, table));
  const counts: LossCount[] = [];
  const uncounted: string[] = [];
  const deadlineMs = performance.now() + timeoutMs;
  for (const chunk of chunksOf(tables, counters)) {
    const found = await inTime(sql, Math.ceil(deadlineMs - performance.now()), () => countTables(sql, chunk, since));
    if (found === null) uncounted.push(...chunk.map(({ table }) => table));
    else counts.push(...found);
  }
  return {
    until,
    counts,
    uncounted,
    counters,
    attachments: await readAttachments(sql, since),
    mailsSent: await readMailsSent(sql, since),
  };
}

/** Dates of Odoo's rows are in UTC, without a zone. */
export const moment = "date_trunc('second', $1::timestamptz AT TIME ZONE 'UTC')";

/** Every table with Odoo's dates, with the model that it is of: Odoo's models name their tables after themselves, but for a few. */
async function readDatedTables(sql: SqlReader): Promise<DatedTable[]> {
  return sql.query<DatedTable>(
    `SELECT c.relname::text AS "table", quote_ident(c.relname) AS relation, quote_literal(c.relname) AS literal, m.model, m.label, a.changes, a."nameColumn", coalesce(a."nameIsJson", false) AS "nameIsJson", a."kindColumn",
        greatest(c.reltuples, 0)::bigint AS estimate
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
      CROSS JOIN LATERAL (
        SELECT bool_or(attname = 'id') AS id, bool_or(attname = 'create_date') AS created, bool_or(attname = 'write_date') AS changes,
          (array_agg(attname::text ORDER BY array_position(${nameColumns}, attname::text)) FILTER (WHERE attname::text = ANY (${nameColumns}) AND atttypid IN ('varchar'::regtype, 'text'::regtype, 'jsonb'::regtype)))[1] AS "nameColumn",
          (array_agg(atttypid = 'jsonb'::regtype ORDER BY array_position(${nameColumns}, attname::text)) FILTER (WHERE attname::text = ANY (${nameColumns}) AND atttypid IN ('varchar'::regtype, 'text'::regtype, 'jsonb'::regtype)))[1] AS "nameIsJson",
          (array_agg(attname::text) FILTER (WHERE (c.relname, attname) IN (('account_move', 'move_type'), ('account_analytic_line', 'project_id'), ('stock_picking', 'picking_type_code'))))[1] AS "kindColumn"
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
      ) a
      LEFT JOIN LATERAL (
        SELECT model, CASE jsonb_typeof(to_jsonb(name)) WHEN 'object' THEN coalesce(to_jsonb(name) ->> 'en_US', (SELECT value FROM jsonb_each_text(to_jsonb(name)) LIMIT 1)) ELSE to_jsonb(name) #>> '{}' END AS label
        FROM ir_model WHERE replace(model, '.', '_') = c.relname AND NOT coalesce(transient, false) LIMIT 1
      ) m ON true
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.id AND a.created AND has_table_privilege(c.oid, 'SELECT')
        AND NOT EXISTS (SELECT 1 FROM ir_model WHERE replace(model, '.', '_') = c.relname AND transient)
      ORDER BY 1`,
  );
}

const nameColumns = "ARRAY['name', 'display_name', 'x_name', 'subject', 'number', 'reference']";

/** Few round trips; a big table has one of its own, so that nothing else runs out of time with it. */
const chunkSize = 60;
const bigRows = 200_000;

/** Those that PostgreSQL knows to have been written first, then small ones: what runs out of time is the least likely. */
function chunksOf(tables: readonly DatedTable[], counters: Readonly<Record<string, number>>): DatedTable[][] {
  const written = ({ table }: DatedTable): number => (table in counters ? 0 : 1);
  const chunks: DatedTable[][] = [];
  for (const table of tables.toSorted((a, b) => written(a) - written(b) || a.estimate - b.estimate)) {
    const last = chunks.at(-1);
    const alone = table.estimate >= bigRows || last === undefined || last.length >= chunkSize || (last[0]?.estimate ?? 0) >= bigRows;
    if (alone) chunks.push([table]);
    else last.push(table);
  }
  return chunks;
}

async function countTables(sql: SqlReader, tables: readonly DatedTable[], since: string): Promise<LossCount[]> {
  const rows = await sql.query<{
    table: string;
    kind: string | null;
    created: number;
    changed: number;
    examples: (string | null)[] | null;
  }>(tables.map(counting).join(" UNION ALL "), [since]);
  const byName = new Map(tables.map((table) => [table.table, table]));
  return rows.map((row) => ({
    table: row.table,
    model: byName.get(row.table)?.model ?? null,
    label: byName.get(row.table)?.label ?? null,
    kind: row.kind,
    created: row.created,
    changed: row.changed,
    examples: (row.examples ?? []).flatMap((name) => (name === null || name === "" ? [] : [name.slice(0, 80)])),
  }));
}

function counting(table: DatedTable): string {
  const changes = table.changes ? `write_date >= ${moment}` : "false";
  return `SELECT ${table.literal}::text AS "table", kind, count(*) FILTER (WHERE fresh)::int AS created, count(*) FILTER (WHERE NOT fresh)::int AS changed,
      (array_agg(name ORDER BY id DESC))[1:${examplesMax}] AS examples
    FROM (SELECT id, ${kindOf(table)} AS kind, coalesce(create_date >= ${moment}, false) AS fresh, ${nameOf(table)} AS name
      FROM ${table.relation} WHERE create_date >= ${moment} OR ${changes}) AS t GROUP BY kind`;
}

function kindOf({ kindColumn }: DatedTable): string {
  if (kindColumn === null) return "NULL::text";
  return kindColumn === "project_id" ? "CASE WHEN project_id IS NULL THEN 'analytic' ELSE 'timesheet' END" : `${kindColumn}::text`;
}

function nameOf({ nameColumn, nameIsJson }: DatedTable): string {
  if (nameColumn === null) return "NULL::text";
  return nameIsJson
    ? `coalesce(${nameColumn} ->> 'en_US', (SELECT value FROM jsonb_each_text(${nameColumn}) LIMIT 1))`
    : `${nameColumn}::text`;
}

/** Bundles of styles and scripts are made again by whoever serves; nobody misses them. */
async function readAttachments(sql: SqlReader, since: string): Promise<LossFacts["attachments"]> {
  if (!(await columnsOf(sql, "ir_attachment")).has("file_size")) return { files: 0, bytes: 0 };
  const [row] = await sql.query<{ files: number; bytes: number }>(
    `SELECT count(*)::int AS files, coalesce(sum(file_size), 0)::bigint AS bytes FROM ir_attachment
      WHERE create_date >= ${moment} AND coalesce(url, '') NOT LIKE '/web/assets/%'`,
    [since],
  );
  return row ?? { files: 0, bytes: 0 };
}

/** A mail that was sent is mostly deleted; its recipients' notifications stay with the message. */
async function readMailsSent(sql: SqlReader, since: string): Promise<number> {
  const parts = [
    ...((await columnsOf(sql, "mail_mail")).has("state")
      ? [`SELECT coalesce(mail_message_id, -id) AS id FROM mail_mail WHERE state = 'sent' AND write_date >= ${moment}`]
      : []),
    ...((await columnsOf(sql, "mail_notification")).has("notification_status")
      ? [
          `SELECT n.mail_message_id AS id FROM mail_notification n JOIN mail_message m ON m.id = n.mail_message_id
            WHERE n.notification_type = 'email' AND n.notification_status IN ('sent', 'pending') AND m.create_date >= ${moment}`,
        ]
      : []),
  ];
  if (parts.length === 0) return 0;
  const [row] = await sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM (${parts.join(" UNION ")}) AS sent`, [since]);
  return row?.n ?? 0;
}

export async function columnsOf(sql: SqlReader, table: string): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ name: string }>(
    "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = to_regclass(format('public.%I', $1::text)) AND attnum > 0 AND NOT attisdropped",
    [table],
  );
  return new Set(rows.map((row) => row.name));
}

/** @returns null when it took longer than there was time; the transaction goes on from before it */
async function inTime<T>(sql: SqlReader, timeoutMs: number, work: () => Promise<T>): Promise<T | null> {
  if (timeoutMs <= 0) return null;
  await sql.query("SAVEPOINT plimsoll_loss");
  try {
    await sql.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
    return await work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "57014") return null;
    throw error;
  } finally {
    await sql.query("ROLLBACK TO SAVEPOINT plimsoll_loss");
  }
}
