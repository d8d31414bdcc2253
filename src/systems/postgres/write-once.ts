import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { readError } from "./errors.ts";

const writeTimeoutMs = 30_000;

/** One transaction on a session of its own: committed when the work ends well, otherwise nothing of it stays. */
export async function writeOnce<T>(to: Omit<ConnectOptions, "statementTimeoutMs">, work: (sql: SqlReader) => Promise<T>): Promise<T> {
  const client = await connect({ ...to, statementTimeoutMs: writeTimeoutMs });
  try {
    await client.query("BEGIN");
    const result = await work({
      query: async <R extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) =>
        (await client.query<R>(sql, [...parameters])).rows,
    });
    await client.query("COMMIT");
    return result;
  } catch (error) {
    throw readError(error, to);
  } finally {
    await client.end().catch(() => undefined);
  }
}
