import type { ItemContext } from "../../../app/ports/step.ts";
import { readExclusiveLocks } from "../../../odoo/inventory/lock-reads.ts";

/** A table with the longest time for which it was seen locked against everybody. */
export interface LockSeen {
  readonly table: string;
  readonly ms: number;
}

export interface LockWatch {
  /** @returns longest first; null when it couldn't be looked at */
  end(): Promise<readonly LockSeen[] | null>;
}

/** Each look takes some milliseconds from the update whose time is measured. */
const pauseMs = 1_000;
const tablesMax = 50;

/**
 * Looks again and again which tables an update has for itself. Each look is a session of its own and over at once: one that
 * stayed would keep a snapshot that some statements of a migration wait for.
 */
export function watchLocks(cx: ItemContext<"tenant-database">, database: string): LockWatch {
  const stop = new AbortController();
  const signal = AbortSignal.any([cx.signal, stop.signal]);
  const since = new Map<string, number>();
  const longest = new Map<string, number>();
  let failed = false;
  const look = async (): Promise<void> => {
    const now = cx.clock.monotonicMs();
    const locks = await cx.use["tenant-database"].read(database, readExclusiveLocks);
    const held = new Set(locks.map(({ table, transaction }) => `${transaction} ${table}`));
    for (const key of [...since.keys()].filter((known) => !held.has(known))) since.delete(key);
    for (const { table, transaction } of locks) {
      const key = `${transaction} ${table}`;
      const begun = since.get(key) ?? now;
      since.set(key, begun);
      // Seen once means: at least for a moment, at most for a pause.
      longest.set(table, Math.max(longest.get(table) ?? 0, Math.round(now - begun) + pauseMs));
    }
  };
  const looking = (async () => {
    while (!signal.aborted) {
      await look();
      await cx.clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  })().catch(() => {
    failed = true;
  });
  return {
    async end() {
      stop.abort();
      await looking;
      if (failed) return null;
      const all = [...longest].map(([table, ms]) => ({ table, ms })).sort((a, b) => b.ms - a.ms || a.table.localeCompare(b.table));
      return all.slice(0, tablesMax);
    },
  };
}
