import type { Client, QueryResultRow } from "pg";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { isConnectionLost, rightsMissing, statementError } from "./errors.ts";

/** Locks on shared catalogue rows are short; who waits longer than this waits for something stuck. */
const lockTimeoutMs = 15_000;

/** Runs statements on the one session that may change databases. */
export interface AdminSql {
  readonly role: string;
  query<R extends QueryResultRow>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
  /** @param right what PostgreSQL's 42501 means here, in words for a person */
  command(sql: string, right: string): Promise<void>;
  transaction<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * The session in the maintenance database that holds the environment's lock. It never reconnects by itself: a statement
 * after its death says LEASE_LOST, because somebody else may have taken the lock meanwhile.
 */
export class AdminSession implements AdminSql {
  readonly role: string;
  readonly #client: Client;
  #ended = false;

  constructor(client: Client, role: string) {
    this.#client = client;
    this.role = role;
    client.on("end", () => {
      this.#ended = true;
    });
    client.on("error", () => {
      this.#ended = true;
    });
  }

  get alive(): boolean {
    return !this.#ended;
  }

  /** Its end may not have been noticed yet. */
  async answers(): Promise<boolean> {
    try {
      await this.query("SELECT 1");
      return true;
    } catch (error) {
      if (this.#ended) return false;
      throw error;
    }
  }

  async prepare(): Promise<void> {
    await this.query(`SET lock_timeout = ${lockTimeoutMs}`);
  }

  async query<R extends QueryResultRow>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    if (this.#ended) throw leaseLost();
    try {
      const result = await this.#client.query<R>(sql, [...parameters]);
      return result.rows;
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      this.#ended = true;
      throw leaseLost(error);
    }
  }

  async command(sql: string, right: string): Promise<void> {
    try {
      await this.query(sql);
    } catch (error) {
      throw statementError(error, { right, role: this.role });
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query("BEGIN");
    try {
      const result = await work();
      await this.query("COMMIT");
      return result;
    } catch (error) {
      if (!this.#ended) await this.query("ROLLBACK");
      throw error;
    }
  }

  /** @throws DATABASE_RIGHTS_MISSING naming what is missing for fence, clone and exchange */
  async checkRights(live: { readonly name: string; readonly owner: string }): Promise<void> {
    const [row] = await this.query<{ owns: boolean; createdb: boolean }>(
      `SELECT pg_has_role(current_user, $1, 'USAGE') AS owns, rolcreatedb OR rolsuper AS createdb FROM pg_roles WHERE rolname = current_user`,
      [live.owner],
    );
    if (row?.owns !== true) throw rightsMissing(`ownership of database "${live.name}"`, this.role, `It belongs to "${live.owner}".`);
    if (!row.createdb) throw rightsMissing("CREATEDB", this.role, "A clone is made with CREATE DATABASE, and renaming needs CREATEDB too.");
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#client.end().catch(() => undefined);
  }
}

export function leaseLost(cause?: unknown): PlimsollError {
  return new PlimsollError(
    "LEASE_LOST",
    "The session that held the environment's database lock is gone.",
    {
      why: "Another worker took over with a higher epoch, or the connection broke.",
      fix: "Claim again; whoever has the highest epoch goes on.",
    },
    cause,
  );
}
