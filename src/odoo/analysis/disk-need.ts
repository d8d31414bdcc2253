import type { DatabaseConnection } from "../../domain/fleet/environment.ts";

/** Unknown WAL counts as PostgreSQL's default `max_wal_size`. */
const walBytesUnknown = 1024 ** 3;

/** Free bytes that a change asks for: the clone, what its update rewrites, and room for the write-ahead log of both. */
export function diskNeededBytes(database: { readonly databaseSizeBytes: number; readonly walBytes: number | null }): number {
  return 3 * database.databaseSizeBytes + (database.walBytes ?? walBytesUnknown);
}

/** Room for a clone: measured where the cluster shares the data directory's disk, else as declared; null: nobody knows. */
export function diskFreeBytes(database: DatabaseConnection, measuredBytes: number | null): number | null {
  return isThisMachine(database.host) ? measuredBytes : (database.diskFreeBytes ?? null);
}

/** Does a database host mean this machine, so that its files share the disks here? */
export function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.") || host.startsWith("/");
}
