/** The process that `reconnecting.ts` starts: its argument is the number of clients, BENCH_DSN says where. */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { FromClients, ToClients } from "./reconnecting.ts";

const betweenReadsMs = 20;
/** On average: a pool's patience. Twenty clients that never pause would measure how fast PostgreSQL refuses. */
const betweenAttemptsMs = 50;
const state = { paused: true, stopped: false };
const oids = new Map<number, number>();

function tell(message: FromClients): void {
  process.send?.(message);
}

async function client(number: number): Promise<void> {
  let connection: pg.Client | null = null;
  while (!state.stopped) {
    if (state.paused) {
      await connection?.end().catch(() => undefined);
      connection = null;
      await sleep(betweenReadsMs);
      continue;
    }
    try {
      connection ??= await connect();
      const { rows } = await connection.query<{ oid: number }>(
        "SELECT oid::int, (SELECT count(*) FROM res_partner WHERE active) AS n FROM pg_database WHERE datname = current_database()",
      );
      const oid = rows[0]?.oid ?? 0;
      if (oids.get(number) !== oid) tell({ client: number, oid, at: String(process.hrtime.bigint()) });
      oids.set(number, oid);
      await sleep(betweenReadsMs);
    } catch {
      connection = null;
      await sleep(betweenAttemptsMs * (0.5 + Math.random()));
    }
  }
  await connection?.end().catch(() => undefined);
}

async function connect(): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: process.env["BENCH_DSN"], connectionTimeoutMillis: 5_000 });
  // Its end is seen by the next read.
  connection.on("error", () => undefined);
  await connection.connect();
  return connection;
}

/** Until every client has begun to read, or none has a connection any more. */
async function settled(count: number): Promise<void> {
  if (state.paused) await sleep(10 * betweenReadsMs);
  else while (oids.size < count) await sleep(betweenReadsMs);
}

const count = Number(process.argv[2]);
const all = Promise.all(Array.from({ length: count }, (_, number) => client(number)));
process.on("message", ({ do: what }: ToClients) => {
  if (what === "stop") {
    state.stopped = true;
    void all.then(() => process.disconnect());
    return;
  }
  state.paused = what === "pause";
  void settled(count).then(() => tell({ done: what }));
});
