import { setTimeout as sleep } from "node:timers/promises";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { AdminSql } from "./admin-session.ts";
import type { Handle, Realm } from "./database-list.ts";
import { requireOwn } from "./database-list.ts";
import { quoteIdentifier } from "../../domain/shared/sql-quoting.ts";

export const fenceBoundMs = 10_000;
/** Sessions that this role may not end can only end by themselves; users wait meanwhile, so the patience is short. */
const foreignBoundMs = 2_000;
/** Ended backends are gone within some milliseconds; who isn't gets the longer pauses. */
const firstPauseMs = 2;
const pauseMsMax = 20;

interface Backend extends Record<string, unknown> {
  pid: number;
  user: string;
  application: string;
  endable: boolean;
}

/** Autovacuum has no user: CREATE DATABASE and RENAME end it themselves, and a role that isn't superuser can't. */
const backendsSql = `SELECT pid, usename AS "user", application_name AS application,
  pg_has_role(current_user, usesysid, 'USAGE') OR pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS endable
  FROM pg_stat_activity WHERE datid = $1 AND usesysid IS NOT NULL AND pid <> pg_backend_pid()`;

/** All in one statement, because users wait. */
const endAllSql = `SELECT pid FROM unnest($1::int[]) AS pid WHERE pg_terminate_backend(pid)`;

/**
 * Closes a database for everybody (`datallowconn = false` refuses superusers too) and ends every session in it.
 *
 * @throws DATABASE_BUSY when sessions survive the bound, naming them; DATABASE_RIGHTS_MISSING when they belong to a role
 * whose sessions may not be ended. The database stays closed: the caller's undo opens it.
 */
export async function fenceDatabase(sql: AdminSql, realm: Realm, database: Handle, boundMs: number = fenceBoundMs): Promise<number> {
  const { allowsConnections } = await requireOwn(sql, realm, database);
  if (allowsConnections)
    await sql.command(
      `ALTER DATABASE ${quoteIdentifier(database.name)} WITH ALLOW_CONNECTIONS false`,
      `ownership of database "${database.name}"`,
    );
  const ended = new Set<number>();
  const begun = performance.now();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMsMax, pauseMs * 2)) {
    // A session that passed the check of datallowconn a moment ago appears late, so the list is read until it is empty.
    const backends = await sql.query<Backend>(backendsSql, [database.oid]);
    if (backends.length === 0) return ended.size;
    for (const pid of await endBackends(sql, backends)) ended.add(pid);
    const waitedMs = Math.round(performance.now() - begun);
    const limitMs = backends.some((backend) => backend.endable) ? boundMs : Math.min(boundMs, foreignBoundMs);
    if (waitedMs >= limitMs) throw survivorsError(sql.role, database, backends, waitedMs);
    await sleep(pauseMs);
  }
}

export async function openDatabase(sql: AdminSql, realm: Realm, database: Handle): Promise<void> {
  await requireOwn(sql, realm, database);
  await sql.command(
    `ALTER DATABASE ${quoteIdentifier(database.name)} WITH ALLOW_CONNECTIONS true`,
    `ownership of database "${database.name}"`,
  );
}

/** @returns the pids of those that were told to end */
async function endBackends(sql: AdminSql, backends: readonly Backend[]): Promise<readonly number[]> {
  const pids = backends.filter((backend) => backend.endable).map((backend) => backend.pid);
  try {
    return pids.length === 0 ? [] : (await sql.query<{ pid: number }>(endAllSql, [pids])).map((row) => row.pid);
  } catch (error) {
    if (!isRightsMissing(error)) throw error;
    // One of them is a superuser's, and the statement ended at it: each by itself.
    const told: number[] = [];
    for (const pid of pids) if (await endBackend(sql, pid)) told.push(pid);
    return told;
  }
}

function isRightsMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "42501";
}

/** @returns false when the role may not end it: the caller's bound then tells who survived */
export async function endBackend(sql: AdminSql, pid: number): Promise<boolean> {
  try {
    await sql.query("SELECT pg_terminate_backend($1)", [pid]);
    return true;
  } catch (error) {
    if (isRightsMissing(error)) return false;
    throw error;
  }
}

function survivorsError(role: string, database: Handle, backends: readonly Backend[], waitedMs: number): PlimsollError {
  const because = backends.map((one) => `process ${one.pid}, role "${one.user}", application "${one.application}"`);
  const foreign = backends.filter((one) => !one.endable);
  const message = `Sessions in database "${database.name}" did not end within ${waitedMs} ms: ${because.join("; ")}.`;
  const facts = { database: database.name, sessions: backends.length };
  if (foreign.length === 0) return new PlimsollError("DATABASE_BUSY", message, { because, facts });
  const superusers = `The role "${role}" may not end sessions of ${[...new Set(foreign.map((one) => `"${one.user}"`))].join(", ")}.`;
  return new PlimsollError("DATABASE_RIGHTS_MISSING", message, {
    why: superusers,
    fix: `End those sessions, or give "${role}" membership in pg_signal_backend (sessions of superusers can only be ended by a superuser).`,
    because,
    facts: { ...facts, right: "pg_signal_backend" },
  });
}
