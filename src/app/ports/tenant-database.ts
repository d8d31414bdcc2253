import type { DatabaseRole } from "./odoo-runtime.ts";

/** What a database is to Plimsoll; written as its COMMENT, read by observe, sweepers and a restored store (S3). */
export interface DatabaseMark {
  readonly environment: string;
  readonly deployment: string;
  readonly epoch: number;
  /**
   * `copy`: thrown away after rehearsal or business smoke; never becomes live. `abandoned`: users were taken back from it, and what
   * they wrote is in it; `candidate` is what nobody was let in to.
   */
  readonly role: "live" | "candidate" | "original" | "abandoned" | "copy";
}

export interface DatabaseInfo {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  readonly allowsConnections: boolean;
  readonly isTemplate: boolean;
  readonly mark: DatabaseMark | null;
  readonly sizeBytes: number;
}

export interface SessionInfo {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly state: string;
  readonly transactionAgeMs: number | null;
}

/** Runs SQL in one database. Rows come as objects; bigint as number where it is safe. */
export interface SqlReader {
  query<R extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<R[]>;
}

/**
 * The administration of one environment's databases, on ONE session in the cluster's maintenance database. The session
 * holds the environment's advisory lock from before the first statement until `release`; who takes over with a higher epoch
 * terminates it, so that a late worker can do no more harm. Every method that changes something fails with LEASE_LOST
 * when the session is gone, and refuses to touch a database that isn't the environment's (by OID and mark).
 */
export interface TenantDatabase {
  /** Takes the lock and ends an older holder; closes candidates of earlier epochs. Idempotent. */
  claim(): Promise<void>;
  /** Gives the locks back; the session ends. */
  release(): Promise<void>;
  /** click-odoo-update's advisory lock in the tenant database. @returns false when somebody else has it. */
  takeUpdateLock(): Promise<boolean>;
  releaseUpdateLock(): Promise<void>;
  /** All databases of the cluster that carry this environment's mark, and the live name whether marked or not. */
  databases(): Promise<DatabaseInfo[]>;
  sessions(database: string): Promise<SessionInfo[]>;
  /** Disallows connections and ends every backend, waiting until none is left. */
  fence(database: { readonly name: string; readonly oid: number }): Promise<{ readonly ended: number }>;
  /** Allows connections again. */
  unfence(database: { readonly name: string; readonly oid: number }): Promise<void>;
  /**
   * `CREATE DATABASE target TEMPLATE source`, with settings, grants and connection limit of the source re-applied and the
   * mark written; IS_TEMPLATE is set so that other Odoo servers don't list it. Source must be fenced.
   */
  clone(source: { readonly name: string; readonly oid: number }, target: string, mark: DatabaseMark): Promise<DatabaseInfo>;
  /**
   * Lets one session of ours into a closed candidate or copy, and no other: connections are limited to one before they are
   * allowed, and disallowed again afterwards. What must be so before anything else may connect is done in here. SQL may write.
   * @throws DATABASE_BUSY when somebody else was faster
   */
  editAlone<T>(database: { readonly name: string; readonly oid: number }, work: (sql: SqlReader) => Promise<T>): Promise<T>;
  /**
   * A copy of an open database without disturbing its users: dump and restore. It comes closed, marked, and owned by `owner`
   * (absent: the environment's role); the database's own grants aren't taken along, and PUBLIC can't connect.
   */
  copyByDump(
    source: string,
    target: string,
    mark: DatabaseMark,
    options: { readonly signal: AbortSignal; readonly progress?: (message: string) => void; readonly owner?: DatabaseRole },
  ): Promise<DatabaseInfo>;
  /**
   * Makes the sequences of an opened clone safe against a crash: PostgreSQL's clones can give used values out again.
   *
   * @returns how many sequences were logged anew
   */
  logSequences(database: string): Promise<number>;
  /** One transaction: renames both and writes both marks. `comes` takes the live name, `goes` gets `goesTo`. The one that comes is opened and loses IS_TEMPLATE; the one that goes is closed. */
  exchange(swap: {
    readonly live: string;
    readonly goes: { readonly oid: number; readonly to: string; readonly mark: DatabaseMark };
    readonly comes: { readonly oid: number; readonly mark: DatabaseMark };
    /** false: the database that takes the live name stays closed. */
    readonly open: boolean;
  }): Promise<void>;
  /** Writes a mark. */
  setMark(database: { readonly name: string; readonly oid: number }, mark: DatabaseMark): Promise<void>;
  /** Drops a database that carries this environment's mark and isn't live. */
  drop(database: { readonly name: string; readonly oid: number }): Promise<void>;
  /** A reader in one database with the runtime's role, READ ONLY unless told. */
  read<T>(database: string, work: (sql: SqlReader) => Promise<T>): Promise<T>;
  /** The role, host and port that Odoo connects with, for its configuration. The password is a secret. */
  readonly clusterVersion: () => Promise<number>;
}
