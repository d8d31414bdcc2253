import pg from "pg";

/** What both a pool and a client in a transaction can do; repositories ask for no more. */
export interface Queryable {
  query<R extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<pg.QueryResult<R>>;
}

const int8 = 20;
const timestamptz = 1184;

/** int8 as number (ids and sequences stay far below 2^53), moments as RFC 3339 in UTC with milliseconds. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format === "binary") return pg.types.getTypeParser(oid, format) as unknown;
    if (oid === int8) return (text: string) => Number(text);
    if (oid === timestamptz) return (text: string) => new Date(text).toISOString();
    return pg.types.getTypeParser(oid, format) as unknown;
  },
};

/**
 * Bounds on every statement: a hung network must not hold the ledger's locks, or nobody could take a lease over.
 */
export function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    types,
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    application_name: "plimsoll",
    options: "-c search_path=plimsoll",
  });
  // An idle connection that breaks is replaced by the pool; without a listener Node would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
