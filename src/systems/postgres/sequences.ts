import type { Client } from "pg";

/**
 * `CREATE DATABASE … STRATEGY wal_log` copies a sequence's page together with its promise that the next values are in the
 * log already; they are in the log of the source only. After a crash before the next checkpoint, or on a promoted replica,
 * the clone would give out values that were used (docs/decisions/0008). Setting each to its own value logs it anew. A
 * sequence that was never asked logs its first value in any case.
 */
const sql = `SELECT count(setval(s.relid, s.last_value)) AS n FROM (
    SELECT format('%I.%I', schemaname, sequencename)::regclass AS relid, last_value FROM pg_sequences
      WHERE last_value IS NOT NULL AND has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'UPDATE') OFFSET 0
  ) AS s`;

/** @returns how many sequences were logged */
export async function logSequences(client: Client): Promise<number> {
  const { rows } = await client.query<{ n: string }>(sql);
  return Number(rows[0]?.n ?? 0);
}
