export interface SessionGroup {
  readonly application: string;
  readonly user: string;
  readonly sessions: number;
  readonly inTransaction: number;
}

export interface LongTransaction {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
  readonly state: string;
  /** null: it belongs to a role whose sessions this one may not look into. */
  readonly ageMs: number | null;
}

export interface RoleRights {
  readonly role: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly ownsDatabase: boolean;
  readonly signalBackend: boolean;
  /** Database settings that this role couldn't set again on a clone. */
  readonly settingsOutOfReach: readonly string[];
  /** Other roles with sessions in the database that this role may not end. */
  readonly rolesOutOfReach: readonly string[];
}

/** What SQL tells about a database and its cluster before a change; every list is empty when all is well. */
export interface PreflightFacts {
  readonly database: string;
  readonly databaseSizeBytes: number;
  /** Bytes in pg_wal; null: this role may not see it. */
  readonly walBytes: number | null;
  readonly role: RoleRights;
  readonly pendingModules: readonly { readonly name: string; readonly state: string }[];
  readonly partiallyUpdated: boolean;
  /** Transactions of others in this database, oldest first. */
  readonly transactions: readonly LongTransaction[];
  readonly preparedTransactions: readonly string[];
  readonly logicalSlots: readonly string[];
  readonly subscriptions: readonly string[];
  /** Running pg_dump or pg_basebackup, as `application, process n`. */
  readonly dumps: readonly string[];
  readonly collation: { readonly recorded: string | null; readonly actual: string | null };
  readonly replication: {
    readonly inRecovery: boolean;
    /** Replicas with their state and lag; lag null: unknown. */
    readonly replicas: readonly { readonly name: string; readonly state: string; readonly lagBytes: number | null }[];
  };
  readonly sessions: readonly SessionGroup[];
}
