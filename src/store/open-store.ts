import type { Clock } from "../app/ports/clock.ts";
import type { Ledger } from "../app/ports/store.ts";
import { openPool } from "./connection.ts";
import { EventListener } from "./event-listener.ts";
import { noteProgress } from "./item-runs.ts";
import { beat, claim, due, giveUp } from "./leases.ts";
import { migrate } from "./migrate.ts";
import { storeReads } from "./reads.ts";
import { inFencedTransaction, inTransaction } from "./transaction.ts";

export interface OpenStore extends Ledger {
  close(): Promise<void>;
}

/**
 * Plimsoll's own database: brought to this version, then opened.
 * @throws CONFLICT when a newer Plimsoll wrote it
 */
export async function openStore(options: { readonly connectionString: string; readonly clock: Clock }): Promise<OpenStore> {
  const { clock } = options;
  const pool = openPool(options.connectionString);
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const listener = new EventListener(options.connectionString);
  return {
    ...storeReads(pool),
    transaction: (work) => inTransaction(pool, clock, (tx) => work(tx)),
    onEvents: (callback) => listener.add(callback),
    due: (host) => due(pool, clock, host),
    claim: (id, owner, seen, epochFloor) => inTransaction(pool, clock, (_tx, client) => claim(client, clock, id, owner, seen, epochFloor)),
    beat: (id, fence) => beat(pool, id, fence),
    giveUp: (id, fence) => giveUp(pool, id, fence),
    fenced: (id, fence, work) => inFencedTransaction(pool, clock, id, fence, work),
    progress: (id, fence, position, fraction, message) => noteProgress(pool, id, fence, position, fraction, message),
    async close() {
      await listener.close();
      await pool.end();
    },
  };
}
