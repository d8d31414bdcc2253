import type { Client } from "pg";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { DatabaseInfo, DatabaseMark, SessionInfo, SqlReader, TenantDatabase } from "../../app/ports/tenant-database.ts";
import { AdminSession, leaseLost } from "./admin-session.ts";
import { applicationName } from "./application-name.ts";
import { claimEnvironment } from "./claim.ts";
import { cloneDatabase } from "./clone.ts";
import { connect } from "./connect.ts";
import type { Handle, Queries, Realm } from "./database-list.ts";
import { databasesOf, requireOwn, withSize } from "./database-list.ts";
import { dropOwn } from "./drop.ts";
import { readError } from "./errors.ts";
import type { Swap } from "./exchange.ts";
import { exchangeDatabases } from "./exchange.ts";
import { fenceDatabase, openDatabase } from "./fence.ts";
import { updateLockKey } from "./lock-key.ts";
import { commentText } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "./quote.ts";
import { logSequences } from "./sequences.ts";

export interface TenantDatabaseOptions {
  readonly environment: EnvironmentSpec;
  readonly deployment: string;
  readonly epoch: number;
  /** Read at the moment of each connection; never kept. */
  readonly password: () => Promise<string>;
  readonly maintenanceDatabase?: string;
}

/** No single read may take longer. */
const readTimeoutMs = 60_000;

/** Nothing connects until the first method is called. */
export function openTenantDatabase(options: TenantDatabaseOptions): TenantDatabase {
  return new PostgresTenantDatabase(options);
}

class PostgresTenantDatabase implements TenantDatabase {
  readonly #options: TenantDatabaseOptions;
  readonly #realm: Realm;
  #session: AdminSession | null = null;
  #updateLock: Client | null = null;

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
    return { ended: await fenceDatabase(this.#claimed(), this.#realm, database) };
  }

  async unfence(database: Handle): Promise<void> {
    await openDatabase(this.#claimed(), this.#realm, database);
  }

  async clone(source: Handle, target: string, mark: DatabaseMark): Promise<DatabaseInfo> {
    const sql = this.#claimed();
    return withSize(sql, await cloneDatabase(sql, this.#realm, source, target, mark));
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
    const sql = this.#claimed();
    const row = await requireOwn(sql, this.#realm, database);
    const text = quoteLiteral(commentText(mark, row.note));
    await sql.command(`COMMENT ON DATABASE ${quoteIdentifier(row.name)} IS ${text}`, `ownership of database "${row.name}"`);
  }

  async drop(database: Handle): Promise<void> {
    await dropOwn(this.#claimed(), this.#realm, database);
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

  #connect(database: string, statementTimeoutMs: number): Promise<Client> {
    const { environment, deployment, epoch, password } = this.#options;
    const { host, port, user } = environment.database;
    return connect({
      host,
      port,
      user,
      database,
      password,
      statementTimeoutMs,
      application: applicationName(environment.name, deployment, epoch),
    });
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
