import { Client, types } from "pg";
import type { Endpoint } from "./errors.ts";
import { connectError } from "./errors.ts";

export interface ConnectOptions extends Endpoint {
  readonly password: () => Promise<string>;
  /** At most 63 bytes are kept by PostgreSQL. */
  readonly application: string;
  /** Milliseconds; 0 means no bound. */
  readonly statementTimeoutMs: number;
}

const connectTimeoutMs = 10_000;
const int8 = 20;

function parseInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** int8 as number where that is exact; everything else as `pg` has it. */
const typeParsers = {
  getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
    if (oid === int8 && format !== "binary") return parseInteger;
    return types.getTypeParser(oid, format as "text") as (text: string) => unknown;
  },
};

/**
 * Opens one session. A session may die at any moment; `pg` then emits `error`, which would end the process if nobody
 * listened, so a listener is always there and the next statement tells.
 *
 * @throws DATABASE_UNREACHABLE, DATABASE_PASSWORD_WRONG, DATABASE_MISSING, DATABASE_RIGHTS_MISSING, DATABASE_BUSY
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = new Client({
    host: options.host,
    port: options.port,
    user: options.user,
    database: options.database,
    password: await options.password(),
    application_name: options.application,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: typeParsers as never,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    // A server-wide idle_session_timeout would end a session that holds a lock and waits for Odoo.
    await client.query(
      "SELECT set_config('statement_timeout', $1, false), set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
      [String(options.statementTimeoutMs)],
    );
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw connectError(error, options);
  }
}
