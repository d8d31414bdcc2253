import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { DatabaseInfo, DatabaseMark, SessionInfo, SqlReader, TenantDatabase } from "../../app/ports/tenant-database.ts";
import { AdminSession, leaseLost } from "./admin-session.ts";
import { applicationName } from "./application-name.ts";
import { claimEnvironment } from "./claim.ts";
import { cloneDatabase } from "./clone.ts";
import { connect } from "./connect.ts";
import { copyDatabaseByDump, type DumpLogin } from "./copy-by-dump.ts";
import type { Handle, Queries, Realm } from "./database-list.ts";
import { allDatabases, databasesOf, requireOwn, unexpected, withSize } from "./database-list.ts";
import { dropOwn } from "./drop.ts";
import type { DumpTools } from "./dump-tools.ts";
import { editAlone } from "./edit-alone.ts";
import { errorCode, readError } from "./errors.ts";
import type { Swap } from "./exchange.ts";
import { exchangeDatabases } from "./exchange.ts";
import { fenceDatabase, openDatabase } from "./fence.ts";
import { updateLockKey } from "./lock-key.ts";
import { commentText } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "../../domain/shared/sql-quoting.ts";
import { logSequences } from "./sequences.ts";

export interface TenantDatabaseOptions {
  readonly environment: EnvironmentSpec;
  readonly deployment: string;
  readonly epoch: number;
  /** Read at the moment of each connection; never kept. */
  readonly password: () => Promise<string>;
  readonly maintenanceDatabase?: string;
  /** Without it nothing can be copied by dump. */
  readonly dump?: DumpTools;
}

/** No single read may take longer. */
const readTimeoutMs = 60_000;

/** Nor any single statement of an edit, which may touch every row of a table. */
const editTimeoutMs = 300_000;

/** How long statistics of a new copy may take. */
const analyseTimeoutMs = 1_800_000;

/** The session of a program that has ended may be seen for a moment longer. */
const slotBoundMs = 10_000;
const slotPauseMs = 100;

/** Nothing connects until the first method is called. */
export function openTenantDatabase(options: TenantDatabaseOptions): TenantDatabase {
  return new PostgresTenantDatabase(options);
}

class PostgresTenantDatabase implements TenantDatabase {
  readonly #options: TenantDatabaseOptions;
  readonly #realm: Realm;
  #session: AdminSession | null = null;
  #updateLock: Client | null = null;
  /** For copies that belong to the role of rehearsals: the environment's own may not change them. */
  #copies: AdminSession | null = null;

  constructor(options: TenantDatabaseOptions) {
    this.#options = options;
    this.#realm = { environment: options.environment.name, live: options.environment.database.name };
  }

  async claim(): Promise<void> {
    if (this.#session?.alive === true && (await this.#session.answers())) return;
    await this.#session?.end();
    this.#session = null;
    const session = new AdminSession(await this.#connect(this.#maintenance, 0), this.#options.environment.database.user);
    try {
      await session.prepare();
      await claimEnvironment(session, this.#realm, this.#options.epoch);
      this.#session = session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  async release(): Promise<void> {
    await this.releaseUpdateLock();
    await this.#copies?.end();
    this.#copies = null;
    await this.#session?.end();
    this.#session = null;
  }

  async takeUpdateLock(): Promise<boolean> {
    if (this.#updateLock !== null) return true;
    const client = await this.#connect(this.#realm.live, readTimeoutMs);
    try {
      const key = updateLockKey(this.#realm.live);
      const result = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1::bigint) AS taken", [key]);
      if (result.rows[0]?.taken !== true) return false;
      client.once("end", () => {
        this.#updateLock = null;
      });
      this.#updateLock = client;
      return true;
    } finally {
      if (this.#updateLock !== client) await client.end().catch(() => undefined);
    }
  }

  async releaseUpdateLock(): Promise<void> {
    const client = this.#updateLock;
    this.#updateLock = null;
    await client?.end().catch(() => undefined);
  }

  async databases(): Promise<DatabaseInfo[]> {
    return this.#anySession(async (sql) => {
      const rows = await databasesOf(sql, this.#realm);
      const infos: DatabaseInfo[] = [];
      for (const row of rows) infos.push(await withSize(sql, row));
      return infos;
    });
  }

  async sessions(database: string): Promise<SessionInfo[]> {
    return this.#anySession((sql) => sql.query<SessionInfo & Record<string, unknown>>(sessionsSql, [database]));
  }

  async fence(database: Handle): Promise<{ readonly ended: number }> {
    if (database.name === this.#realm.live) await this.releaseUpdateLock();
    return { ended: await fenceDatabase(await this.#ruler(database), this.#realm, database) };
  }

  async unfence(database: Handle): Promise<void> {
    await openDatabase(await this.#ruler(database), this.#realm, database);
  }

  async clone(source: Handle, target: string, mark: DatabaseMark): Promise<DatabaseInfo> {
    const sql = await this.#ruler(source);
    return withSize(sql, await cloneDatabase(sql, this.#realm, source, target, mark));
  }

  /** Work is one transaction: all of it is there afterwards, or nothing. */
  async editAlone<T>(database: Handle, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    const open = (): Promise<Client> => this.#connect(database.name, editTimeoutMs);
    return editAlone(await this.#ruler(database), this.#realm, database, open, async (client) => {
      await client.query("BEGIN");
      const result = await work(queriesOf(client));
      await client.query("COMMIT");
      return result;
    });
  }

  async copyByDump(
    source: string,
    target: string,
    mark: DatabaseMark,
    options: Parameters<TenantDatabase["copyByDump"]>[3],
  ): Promise<DatabaseInfo> {
    this.#claimed();
    const { dump: tools, environment } = this.#options;
    if (tools === undefined) throw unexpected("This process wasn't given what a copy by dump needs.", { target });
    const own = environment.database.rehearsal;
    if (options.owner !== undefined && options.owner.user !== own?.user)
      throw unexpected(`The declaration doesn't name the role "${options.owner.user}" for rehearsals.`, { role: options.owner.user });
    const sql = options.owner === undefined ? this.#claimed() : await this.#copySession();
    const row = await copyDatabaseByDump(sql, this.#realm, tools, {
      source,
      target,
      mark,
      from: await this.#login(false),
      to: await this.#login(options.owner !== undefined),
      signal: options.signal,
      progress: options.progress ?? (() => undefined),
      finish: () => this.#analyse(target, options.signal),
    });
    return withSize(sql, row);
  }

  async logSequences(database: string): Promise<number> {
    this.#claimed();
    const client = await this.#connect(database, readTimeoutMs);
    try {
      return await logSequences(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async exchange(swap: Swap): Promise<void> {
    await exchangeDatabases(this.#claimed(), this.#realm, swap);
  }

  async setMark(database: Handle, mark: DatabaseMark): Promise<void> {
    const sql = await this.#ruler(database);
    const row = await requireOwn(sql, this.#realm, database);
    const text = quoteLiteral(commentText(mark, row.note));
    await sql.command(`COMMENT ON DATABASE ${quoteIdentifier(row.name)} IS ${text}`, `ownership of database "${row.name}"`);
  }

  async drop(database: Handle): Promise<void> {
    await dropOwn(await this.#ruler(database), this.#realm, database);
  }

  async read<T>(database: string, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    const client = await this.#connect(database, readTimeoutMs);
    try {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      return await work(queriesOf(client));
    } catch (error) {
      const { host, port, user } = this.#options.environment.database;
      throw readError(error, { host, port, user, database });
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  readonly clusterVersion = async (): Promise<number> => {
    const rows = await this.#anySession((sql) =>
      sql.query<{ version: number }>("SELECT current_setting('server_version_num')::int AS version"),
    );
    return rows[0]?.version ?? 0;
  };

  get #maintenance(): string {
    return this.#options.maintenanceDatabase ?? "postgres";
  }

  #claimed(): AdminSession {
    if (this.#session === null || !this.#session.alive) throw leaseLost();
    return this.#session;
  }

  /** Reads need no lock: on the held session, or else on one of their own. */
  async #anySession<T>(work: (sql: Queries) => Promise<T>): Promise<T> {
    if (this.#session?.alive === true) return work(this.#session);
    const client = await this.#connect(this.#maintenance, readTimeoutMs);
    try {
      return await work(queriesOf(client));
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** The session that may change a database: that of its owner. Whoever isn't claimed may change nothing, copies neither. */
  async #ruler(database: Handle): Promise<AdminSession> {
    const sql = this.#claimed();
    return (await this.#isCopyOfOwnRole(database.name)) ? this.#copySession() : sql;
  }

  async #isCopyOfOwnRole(name: string): Promise<boolean> {
    const { rehearsal, user } = this.#options.environment.database;
    if (rehearsal === undefined || rehearsal.user === user || name === this.#realm.live || name === this.#maintenance) return false;
    const row = await this.#anySession(async (sql) => (await allDatabases(sql)).find((one) => one.name === name));
    return row?.owner === rehearsal.user && row.mark?.environment === this.#realm.environment;
  }

  async #copySession(): Promise<AdminSession> {
    if (this.#copies?.alive === true) return this.#copies;
    const { rehearsal, user } = this.#options.environment.database;
    const session = new AdminSession(await this.#connectAs(this.#maintenance, 0, true), rehearsal?.user ?? user);
    await session.prepare();
    this.#copies = session;
    return session;
  }

  /** An update on a copy without statistics would take another time than on the original. */
  async #analyse(database: string, signal: AbortSignal): Promise<void> {
    const until = performance.now() + slotBoundMs;
    for (;;) {
      signal.throwIfAborted();
      try {
        const client = await this.#connect(database, analyseTimeoutMs);
        try {
          await client.query("ANALYZE");
          return;
        } finally {
          await client.end().catch(() => undefined);
        }
      } catch (error) {
        const full = error instanceof PlimsollError && error.code === "DATABASE_BUSY" && errorCode(error.cause) !== "55000";
        if (!full || performance.now() >= until) throw error;
        await sleep(slotPauseMs);
      }
    }
  }

  async #login(asOwnRole: boolean): Promise<DumpLogin> {
    const { environment, deployment, epoch, password, dump } = this.#options;
    const { host, port, user, rehearsal } = environment.database;
    const own = asOwnRole && rehearsal !== undefined ? rehearsal : null;
    return {
      host,
      port,
      user: own?.user ?? user,
      password: own === null || dump === undefined ? await password() : await dump.readSecret(own.password),
      application: applicationName(environment.name, deployment, epoch),
      markers: { PLIMSOLL_ENVIRONMENT: environment.name, PLIMSOLL_RUN: deployment, PLIMSOLL_EPOCH: String(epoch) },
    };
  }

  async #connect(database: string, statementTimeoutMs: number): Promise<Client> {
    return this.#connectAs(database, statementTimeoutMs, await this.#isCopyOfOwnRole(database));
  }

  async #connectAs(database: string, statementTimeoutMs: number, asOwnRole: boolean): Promise<Client> {
    const { host, port, user, password, application } = await this.#login(asOwnRole);
    return connect({ host, port, user, database, password: async () => password, statementTimeoutMs, application });
  }
}

function queriesOf(client: Client): Queries & SqlReader {
  return {
    async query<R extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
      const result = await client.query<R>(sql, [...parameters]);
      return result.rows;
    },
  };
}

const sessionsSql = `SELECT pid, coalesce(usename, '') AS user, coalesce(application_name, '') AS application, coalesce(state, '') AS state,
  (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::bigint AS "transactionAgeMs"
  FROM pg_stat_activity WHERE datname = $1 AND usesysid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY pid`;
