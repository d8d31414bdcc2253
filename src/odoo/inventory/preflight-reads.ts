import type { LongTransaction, PreflightFacts, RoleRights, SessionGroup } from "../../domain/fleet/preflight-facts.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readModules, readPartiallyUpdated } from "./modules.ts";

export type { PreflightFacts } from "../../domain/fleet/preflight-facts.ts";

const ownApplications = "plimsoll/%";
const dumpApplications = ["pg_dump", "pg_dumpall", "pg_basebackup", "pg_restore", "pg_probackup", "pgbackrest%"];

/** Everything that preflight judges and SQL can tell, read in the tenant database itself. Reads only; users notice nothing. */
export async function readPreflightFacts(sql: SqlReader): Promise<PreflightFacts> {
  const [database] = await sql.query<{ name: string; size: number; recorded: string | null; actual: string | null }>(
    `SELECT datname::text AS name, pg_database_size(oid) AS size, datcollversion AS recorded, pg_database_collation_actual_version(oid) AS actual
      FROM pg_database WHERE datname = current_database()`,
  );
  if (database === undefined) throw new Error("current_database() has no row in pg_database");
  const pending = (await readModules(sql)).filter((module) => module.state.startsWith("to "));
  return {
    database: database.name,
    databaseSizeBytes: database.size,
    walBytes: await readWalBytes(sql),
    role: await readRole(sql),
    pendingModules: pending.map(({ name, state }) => ({ name, state })),
    partiallyUpdated: await readPartiallyUpdated(sql),
    transactions: await readTransactions(sql),
    preparedTransactions: await names(sql, "SELECT gid AS name FROM pg_prepared_xacts WHERE database = current_database() ORDER BY 1"),
    logicalSlots: await names(
      sql,
      "SELECT slot_name::text AS name FROM pg_replication_slots WHERE database = current_database() ORDER BY 1",
    ),
    subscriptions: await readSubscriptions(sql),
    dumps: await readDumps(sql),
    collation: { recorded: database.recorded, actual: database.actual },
    replication: await readReplication(sql),
    sessions: await readSessions(sql),
  };
}

async function names(sql: SqlReader, statement: string, parameters: readonly unknown[] = []): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(statement, parameters);
  return rows.map((row) => row.name);
}

/** pg_ls_waldir is for pg_monitor; the setting bounds what ordinary checkpoints leave. */
async function readWalBytes(sql: SqlReader): Promise<number | null> {
  const [may] = await sql.query<{ may: boolean }>("SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE') AS may");
  if (may?.may !== true) return null;
  const [row] = await sql.query<{ bytes: number }>("SELECT coalesce(sum(size), 0)::bigint AS bytes FROM pg_ls_waldir()");
  return row?.bytes ?? null;
}

async function readRole(sql: SqlReader): Promise<RoleRights> {
  const [row] = await sql.query<Omit<RoleRights, "settingsOutOfReach" | "rolesOutOfReach"> & Record<string, unknown>>(
    `SELECT current_user::text AS role, r.rolsuper AS superuser, r.rolcreatedb OR r.rolsuper AS createdb, pg_has_role(current_user, d.datdba, 'USAGE') AS "ownsDatabase",
      pg_has_role(current_user, 'pg_signal_backend', 'USAGE') AS "signalBackend"
      FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()`,
  );
  if (row === undefined) throw new Error("current_user has no row in pg_roles");
  const { role, superuser, createdb, ownsDatabase, signalBackend } = row;
  return {
    role,
    superuser,
    createdb,
    ownsDatabase,
    signalBackend,
    settingsOutOfReach: await readSettingsOutOfReach(sql),
    rolesOutOfReach: await readRolesOutOfReach(sql),
  };
}

/** Settings that only a superuser may give (names that PostgreSQL doesn't know among them), and those of other roles, which need CREATEROLE. */
async function readSettingsOutOfReach(sql: SqlReader): Promise<string[]> {
  return names(
    sql,
    `SELECT DISTINCT CASE s.setrole WHEN 0 THEN '' ELSE 'role ' || pg_get_userbyid(s.setrole) || ': ' END || split_part(entry, '=', 1) AS name
      FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN unnest(s.setconfig) AS entry
        JOIN pg_roles me ON me.rolname = current_user LEFT JOIN pg_settings p ON p.name = split_part(entry, '=', 1)
      WHERE d.datname = current_database() AND NOT me.rolsuper
        AND (((p.name IS NULL OR p.context IN ('superuser', 'superuser-backend')) AND NOT ${await settingPrivilege(sql)})
          OR (s.setrole NOT IN (0, me.oid) AND NOT me.rolcreaterole))
      ORDER BY 1`,
  );
}

/** GRANT SET ON PARAMETER came with PostgreSQL 15. */
async function settingPrivilege(sql: SqlReader): Promise<string> {
  const [row] = await sql.query<{ known: boolean }>("SELECT current_setting('server_version_num')::int >= 150000 AS known");
  return row?.known === true ? "has_parameter_privilege(split_part(entry, '=', 1), 'SET')" : "false";
}

async function readRolesOutOfReach(sql: SqlReader): Promise<string[]> {
  return names(
    sql,
    `SELECT DISTINCT a.usename::text AS name FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid JOIN pg_roles me ON me.rolname = current_user
      WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND NOT me.rolsuper
        AND NOT pg_has_role(current_user, a.usesysid, 'USAGE') AND (r.rolsuper OR NOT pg_has_role(current_user, 'pg_signal_backend', 'USAGE')) ORDER BY 1`,
  );
}

/**
 * State and start of other roles' transactions are hidden from a role without pg_read_all_stats; that there is one shows in
 * pg_locks, where every transaction holds its own virtual id.
 */
async function readTransactions(sql: SqlReader): Promise<LongTransaction[]> {
  return sql.query<LongTransaction & Record<string, unknown>>(
    `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.usename::text, '') AS "user", coalesce(a.state, 'hidden') AS state,
      (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint AS "ageMs"
      FROM pg_stat_activity a WHERE a.datname = current_database() AND a.usesysid IS NOT NULL AND a.pid <> pg_backend_pid() AND a.application_name NOT LIKE $1
        AND (a.xact_start IS NOT NULL
          OR (a.state IS NULL AND EXISTS (SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid' AND l.granted)))
      ORDER BY 5 DESC NULLS LAST, 1`,
    [ownApplications],
  );
}

async function readSubscriptions(sql: SqlReader): Promise<string[]> {
  const [may] = await sql.query<{ may: boolean }>("SELECT has_column_privilege('pg_subscription', 'subname', 'SELECT') AS may");
  if (may?.may !== true) return [];
  return names(
    sql,
    "SELECT s.subname::text AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database() ORDER BY 1",
  );
}

async function readDumps(sql: SqlReader): Promise<string[]> {
  return names(
    sql,
    `SELECT application_name || ', process ' || pid AS name FROM pg_stat_activity
      WHERE (datname = current_database() OR datname IS NULL) AND application_name LIKE ANY ($1::text[]) AND pid <> pg_backend_pid() ORDER BY 1`,
    [dumpApplications],
  );
}

async function readReplication(sql: SqlReader): Promise<PreflightFacts["replication"]> {
  const [server] = await sql.query<{ inRecovery: boolean }>(`SELECT pg_is_in_recovery() AS "inRecovery"`);
  const inRecovery = server?.inRecovery ?? false;
  if (inRecovery) return { inRecovery, replicas: [] };
  const replicas = await sql.query<{ name: string; state: string; lagBytes: number | null }>(
    `SELECT coalesce(application_name, '') AS name, coalesce(state, 'unknown') AS state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS "lagBytes"
      FROM pg_stat_replication ORDER BY 1`,
  );
  return { inRecovery, replicas };
}

async function readSessions(sql: SqlReader): Promise<SessionGroup[]> {
  return sql.query<SessionGroup & Record<string, unknown>>(
    `SELECT coalesce(application_name, '') AS application, coalesce(usename::text, '') AS "user", count(*)::int AS sessions, count(xact_start)::int AS "inTransaction"
      FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid() GROUP BY 1, 2 ORDER BY 1, 2`,
  );
}
