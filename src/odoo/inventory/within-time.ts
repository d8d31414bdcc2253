import type { SqlReader } from "../../app/ports/tenant-database.ts";

/**
 * Runs reads inside a savepoint, so that one that is over its time doesn't end the transaction.
 *
 * @param until as `performance.now()` tells it
 * @returns null when there was no time left for it
 */
export async function withinTime<T>(sql: SqlReader, until: number, work: () => Promise<T>): Promise<T | null> {
  const left = Math.ceil(until - performance.now());
  if (left <= 0) return null;
  await sql.query("SAVEPOINT plimsoll_bounded");
  try {
    await sql.query(`SET LOCAL statement_timeout = ${left}`);
    return await work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "57014") return null;
    throw error;
  } finally {
    // Also gives the statement timeout back.
    await sql.query("ROLLBACK TO SAVEPOINT plimsoll_bounded");
  }
}
