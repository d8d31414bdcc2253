import type { SqlReader } from "../../app/ports/tenant-database.ts";

/** A table that some session has for itself: nobody else can even read it. */
export interface ExclusiveLock {
  readonly table: string;
  /** The transaction that holds it; a later one with the same table is another lock. */
  readonly transaction: string;
}

/** Tables under ACCESS EXCLUSIVE at this moment; those that were made in a transaction that isn't over can't be seen by others and aren't listed. */
export function readExclusiveLocks(sql: SqlReader): Promise<ExclusiveLock[]> {
  return sql.query<{ table: string; transaction: string }>(
    `SELECT c.relname::text AS table, l.virtualtransaction AS transaction FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
}
