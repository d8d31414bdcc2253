import { setTimeout as sleep } from "node:timers/promises";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { AdminSession, AdminSql } from "./admin-session.ts";
import { epochOf } from "./application-name.ts";
import type { DatabaseRow, Realm } from "./database-list.ts";
import { databasesOf, foreignDatabase } from "./database-list.ts";
import { rightsMissing } from "./errors.ts";
import { endBackend, fenceDatabase } from "./fence.ts";
import { environmentLockKey } from "./lock-key.ts";
import { commentText } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "../../domain/shared/sql-quoting.ts";

const claimBoundMs = 10_000;
const pauseMs = 25;

interface Holder extends Record<string, unknown> {
  pid: number;
  application: string;
  user: string;
}

/** pg_locks shows a bigint key as two halves; objsubid 1 tells it from a key of two integers. */
const holderSql = `SELECT a.pid, a.application_name AS application, a.usename AS "user" FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint`;

/**
 * Takes the environment's lock on this session, ends an older holder, and closes what earlier epochs left open. The epoch is
 * then written into the live database's mark, so that a late worker with a lower one is refused even when nobody holds the lock.
 */
export async function claimEnvironment(session: AdminSession, realm: Realm, epoch: number): Promise<void> {
  await takeLock(session, realm, epoch);
  const rows = await databasesOf(session, realm);
  const live = rows.find((row) => row.name === realm.live);
  if (live === undefined)
    throw new PlimsollError("DATABASE_MISSING", `There is no database "${realm.live}" in the cluster.`, {
      facts: { database: realm.live },
    });
  if (live.mark !== null && live.mark.environment !== realm.environment) throw foreignDatabase(live, realm);
  const highest = Math.max(...rows.map((row) => row.mark?.epoch ?? 0));
  if (highest > epoch) throw superseded(epoch, highest, "a database's mark");
  await session.checkRights(live);
  await raiseEpoch(session, realm, live, epoch);
  await closeEarlierCandidates(session, realm, rows, epoch);
}

async function takeLock(sql: AdminSql, realm: Realm, epoch: number): Promise<void> {
  const key = environmentLockKey(realm.live);
  const until = performance.now() + claimBoundMs;
  for (;;) {
    const [row] = await sql.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1::bigint) AS taken", [key]);
    if (row?.taken === true) return;
    for (const holder of await sql.query<Holder>(holderSql, [key])) await endHolder(sql, realm, epoch, holder);
    if (performance.now() >= until) throw busy(realm, "the session that holds its lock does not end");
    await sleep(pauseMs);
  }
}

async function endHolder(sql: AdminSql, realm: Realm, epoch: number, holder: Holder): Promise<void> {
  const other = epochOf(holder.application);
  if (other === null) throw busy(realm, `process ${holder.pid}, application "${holder.application}", holds its lock`);
  if (other > epoch) throw superseded(epoch, other, "the session that holds the lock");
  const ended = await endBackend(sql, holder.pid);
  if (!ended) throw rightsMissing("pg_signal_backend", sql.role, `The lock is held by process ${holder.pid} of role "${holder.user}".`);
}

function busy(realm: Realm, why: string): PlimsollError {
  return new PlimsollError("DATABASE_BUSY", `Environment "${realm.environment}" is locked: ${why}.`, {
    facts: { environment: realm.environment },
  });
}

function superseded(epoch: number, other: number, where: string): PlimsollError {
  return new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over: ${where} shows epoch ${other}.`, {
    why: "Another worker has taken this environment over.",
    facts: { epoch, seen: other },
  });
}

/** What made the live database stays in its mark; only the epoch moves. */
async function raiseEpoch(sql: AdminSql, realm: Realm, live: DatabaseRow, epoch: number): Promise<void> {
  if (live.mark?.epoch === epoch) return;
  const mark = live.mark ?? { environment: realm.environment, deployment: "adopted", epoch, role: "live" };
  const text = quoteLiteral(commentText({ ...mark, epoch }, live.note));
  await sql.command(`COMMENT ON DATABASE ${quoteIdentifier(live.name)} IS ${text}`, `ownership of database "${live.name}"`);
}

async function closeEarlierCandidates(sql: AdminSql, realm: Realm, rows: readonly DatabaseRow[], epoch: number): Promise<void> {
  const owner = rows.find((row) => row.name === realm.live)?.owner;
  // A copy of another role's was closed to everybody else from its beginning; only that role may change it.
  const left = rows.filter((row) => row.mark?.role === "candidate" || (row.mark?.role === "copy" && row.owner === owner));
  const earlier = left.filter((row) => (row.mark?.epoch ?? 0) < epoch && row.name !== realm.live);
  for (const row of earlier) await fenceDatabase(sql, realm, row);
}
