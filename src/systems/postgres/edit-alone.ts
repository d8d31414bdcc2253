import type { Client } from "pg";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { AdminSql } from "./admin-session.ts";
import type { DatabaseRow, Handle, Realm } from "./database-list.ts";
import { requireOwn, unexpected } from "./database-list.ts";
import { fenceDatabase } from "./fence.ts";
import { quoteIdentifier } from "../../domain/shared/sql-quoting.ts";

interface Stranger extends Record<string, unknown> {
  pid: number;
  user: string | null;
  application: string;
}

const strangersSql = `SELECT pid, usename AS "user", application_name AS application FROM pg_stat_activity
  WHERE datid = $1 AND usesysid IS NOT NULL AND pid <> $2`;

/**
 * Opens a closed candidate or copy for one session of ours. The limit of one is written before connections are allowed, and
 * they are disallowed again as soon as we are in: a session stays when its database is closed. PostgreSQL doesn't hold
 * superusers to the limit, so who else got in is looked up, and ends the attempt before any work.
 *
 * @param work gets the session; the database is closed, its limit restored and every session ended when it returns or throws
 * @throws DATABASE_BUSY when somebody else was faster; STATE_UNEXPECTED for a database that is open, or isn't a candidate or copy
 */
export async function editAlone<T>(
  sql: AdminSql,
  realm: Realm,
  database: Handle,
  connect: () => Promise<Client>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const row = await requireOwn(sql, realm, database);
  if (row.mark?.role !== "candidate" && row.mark?.role !== "copy")
    throw unexpected(`Database "${row.name}" is neither a candidate nor a copy; nothing is written into it.`, { database: row.name });
  if (row.allowsConnections) throw unexpected(`Database "${row.name}" must be closed before it is edited alone.`, { database: row.name });
  await alter(sql, row, "CONNECTION LIMIT 1");
  try {
    await alter(sql, row, "ALLOW_CONNECTIONS true");
    const client = await connect();
    try {
      await alter(sql, row, "ALLOW_CONNECTIONS false");
      await refuseCompany(sql, row, client);
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  } finally {
    try {
      await fenceDatabase(sql, realm, database);
    } finally {
      await alter(sql, row, `CONNECTION LIMIT ${row.connectionLimit}`);
    }
  }
}

async function refuseCompany(sql: AdminSql, row: DatabaseRow, client: Client): Promise<void> {
  const own = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const strangers = await sql.query<Stranger>(strangersSql, [row.oid, own.rows[0]?.pid ?? 0]);
  if (strangers.length === 0) return;
  const because = strangers.map((one) => `process ${one.pid}, role "${one.user}", application "${one.application}"`);
  throw new PlimsollError("DATABASE_BUSY", `Somebody else entered database "${row.name}" first: ${because.join("; ")}.`, {
    why: "A copy has to be made harmless before anything else may connect to it.",
    fix: "See who opens new databases as soon as they appear, and keep them out; then run the change again.",
    because,
    facts: { database: row.name, sessions: strangers.length },
  });
}

async function alter(sql: AdminSql, row: DatabaseRow, what: string): Promise<void> {
  await sql.command(`ALTER DATABASE ${quoteIdentifier(row.name)} WITH ${what}`, `ownership of database "${row.name}"`);
}
