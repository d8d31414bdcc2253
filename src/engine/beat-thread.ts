import { parentPort, workerData } from "node:worker_threads";
import pg from "pg";

/**
 * The thread that beats. It has a connection of its own, so that neither a blocked main loop nor a busy pool costs a lease.
 * Each lease has a slot in shared memory: the moment of the last good beat (CLOCK_MONOTONIC, the same for all threads) and
 * a mark for "superseded".
 */
export interface BeatThreadData {
  readonly connectionString: string;
  readonly everyMs: number;
  readonly slots: SharedArrayBuffer;
}

export type BeatMessage =
  | { readonly do: "keep"; readonly slot: number; readonly deployment: string; readonly owner: string; readonly epoch: number }
  | { readonly do: "drop"; readonly slot: number }
  | { readonly do: "stop" };

type Kept = Extract<BeatMessage, { do: "keep" }>;

const port = parentPort;
if (port !== null) beatForEver(workerData as BeatThreadData, port);

function beatForEver(data: BeatThreadData, messages: NonNullable<typeof parentPort>): void {
  const slots = new BigInt64Array(data.slots);
  const kept = new Map<number, Kept>();
  let client: pg.Client | null = null;
  let busy = false;

  const timer = setInterval(() => {
    if (busy || kept.size === 0) return;
    busy = true;
    beatAll()
      .catch(() => discard())
      .finally(() => {
        busy = false;
      });
  }, data.everyMs);

  async function beatAll(): Promise<void> {
    const connected = client ?? (await connect());
    for (const lease of kept.values()) {
      // The sending counts, not the answer: whoever watches us can have seen this beat from now on, not earlier.
      const sentAt = process.hrtime.bigint();
      const { rows } = await connected.query<{ beat: boolean }>("select plimsoll.beat($1, $2, $3)", [
        lease.deployment,
        lease.owner,
        lease.epoch,
      ]);
      if (kept.get(lease.slot) !== lease) continue;
      if (rows[0]?.beat === true) Atomics.store(slots, lease.slot * 2, sentAt);
      else {
        Atomics.store(slots, lease.slot * 2 + 1, 1n);
        kept.delete(lease.slot);
      }
    }
  }

  async function connect(): Promise<pg.Client> {
    const patienceMs = data.everyMs * 2;
    const fresh = new pg.Client({
      connectionString: data.connectionString,
      connectionTimeoutMillis: patienceMs,
      // A beat that hangs is worth less than one on a new connection.
      query_timeout: patienceMs,
      statement_timeout: patienceMs,
      application_name: "plimsoll heart",
    });
    fresh.on("error", () => discard());
    await fresh.connect();
    client = fresh;
    return fresh;
  }

  function discard(): void {
    const broken = client;
    client = null;
    broken?.end().catch(() => undefined);
  }

  messages.on("message", (message: BeatMessage) => {
    if (message.do === "keep") kept.set(message.slot, message);
    if (message.do === "drop") kept.delete(message.slot);
    if (message.do === "stop") {
      clearInterval(timer);
      discard();
      messages.close();
    }
  });
}
