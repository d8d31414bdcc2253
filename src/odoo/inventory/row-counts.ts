import type { SqlReader } from "../../app/ports/tenant-database.ts";

/** Exact counts may take this long altogether; what isn't counted then is estimated and marked. */
const budgetMs = 20_000;
/** Tables per statement: few round trips, and a plan that PostgreSQL makes in milliseconds. */
const chunkSize = 120;

export interface RowCounts {
  readonly rows: Readonly<Record<string, number>>;
  readonly estimatedTables: readonly string[];
}

interface Table extends Record<string, unknown> {
  name: string;
  estimate: number;
  /** `SELECT 'name' AS name, count(*) …`: PostgreSQL quotes the names itself. */
  counting: string;
}

/** Rows per table. The reader must be inside a transaction: a count over its time is rolled back to a savepoint. */
export async function readRowCounts(sql: SqlReader, timeoutMs: number = budgetMs): Promise<RowCounts> {
  const tables = await sql.query<Table>(
    `SELECT t.name, t.estimate, format('SELECT %L::text AS name, count(*) AS rows FROM %I.%I', t.name, t.schema, t.relation) AS counting FROM (
      SELECT CASE n.nspname WHEN 'public' THEN c.relname::text ELSE n.nspname || '.' || c.relname END AS name, n.nspname AS schema, c.relname AS relation,
        CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint ELSE coalesce(s.n_live_tup, 0) END AS estimate
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp%' AND has_table_privilege(c.oid, 'SELECT')
    ) AS t ORDER BY t.estimate, t.name`,
  );
  const rows: Record<string, number> = {};
  const estimatedTables: string[] = [];
  const until = performance.now() + timeoutMs;
  // Smallest first: what runs out of time is the few big ones.
  for (let start = 0; start < tables.length; start += chunkSize) {
    const chunk = tables.slice(start, start + chunkSize);
    const counted = await count(sql, chunk, Math.ceil(until - performance.now()));
    for (const table of chunk) {
      const exact = counted?.get(table.name);
      rows[table.name] = exact ?? table.estimate;
      if (exact === undefined) estimatedTables.push(table.name);
    }
  }
  return { rows, estimatedTables: estimatedTables.sort() };
}

/** @returns null when there was no time left for it */
async function count(sql: SqlReader, tables: readonly Table[], timeoutMs: number): Promise<Map<string, number> | null> {
  if (timeoutMs <= 0) return null;
  await sql.query("SAVEPOINT plimsoll_count");
  try {
    await sql.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
    const rows = await sql.query<{ name: string; rows: number }>(tables.map((table) => table.counting).join(" UNION ALL "));
    return new Map(rows.map((row) => [row.name, row.rows]));
  } catch (error) {
    if (!isTimeout(error)) throw error;
    return null;
  } finally {
    // Also gives the statement timeout back.
    await sql.query("ROLLBACK TO SAVEPOINT plimsoll_count");
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "57014";
}
