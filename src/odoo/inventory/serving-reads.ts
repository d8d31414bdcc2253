import type { SqlReader } from "../../app/ports/tenant-database.ts";

/** A session that waits for a lock which another one holds. */
export interface LockWait {
  readonly pid: number;
  readonly application: string;
  readonly waitedMs: number;
  /** The table, or the kind of lock. */
  readonly what: string;
}

/** Work that is due and hasn't begun. */
export interface BackgroundLag {
  readonly cronsDue: number;
  /** How long the one that waits longest has been due; null: none is. */
  readonly oldestDueMs: number | null;
  /** Jobs of queue_job that wait; null: it isn't installed. */
  readonly jobsWaiting: number | null;
}

const ownApplications = "plimsoll/%";

/** Before PostgreSQL 14 a lock doesn't say since when it is waited for; the statement's age is the most that it can be. */
export function readLockWaits(sql: SqlReader): Promise<LockWait[]> {
  return sql.query<LockWait & Record<string, unknown>>(
    `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(c.relname::text, l.locktype) AS what,
      (extract(epoch FROM clock_timestamp() - coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start)) * 1000)::bigint AS "waitedMs"
      FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid LEFT JOIN pg_class c ON c.oid = l.relation
      WHERE NOT l.granted AND a.datname = current_database() AND coalesce(a.application_name, '') NOT LIKE $1 ORDER BY 4 DESC, 1`,
    [ownApplications],
  );
}

/** @throws Error when the tables of a database that Odoo runs on aren't there */
export async function readBackgroundLag(sql: SqlReader): Promise<BackgroundLag> {
  const [row] = await sql.query<{ cronsDue: number; oldestDueMs: number | null; queue: boolean }>(
    `SELECT count(*)::int AS "cronsDue", (extract(epoch FROM (now() AT TIME ZONE 'UTC') - min(nextcall)) * 1000)::bigint AS "oldestDueMs",
      to_regclass('queue_job') IS NOT NULL AS queue
      FROM ir_cron WHERE active AND nextcall <= now() AT TIME ZONE 'UTC'`,
  );
  if (row === undefined) throw new Error("The database tells nothing about its scheduled actions.");
  const { cronsDue, oldestDueMs, queue } = row;
  if (!queue) return { cronsDue, oldestDueMs, jobsWaiting: null };
  const [jobs] = await sql.query<{ n: number }>("SELECT count(*)::int AS n FROM queue_job WHERE state IN ('pending', 'enqueued')");
  return { cronsDue, oldestDueMs, jobsWaiting: jobs?.n ?? null };
}
