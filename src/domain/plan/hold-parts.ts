/** What a rehearsal measured of the work that a change does while users wait; each in ms. */
export interface HoldMeasurements {
  /** Items that it ran as a change runs them, by id: from their beginning to their end on record. */
  readonly items: Readonly<Record<string, number>>;
  /** Of the checkpoint: clone by template, looking for attachments that came since, reading what the clone is. */
  readonly checkpoint: { readonly clone: number; readonly links: number; readonly reading: number };
  /** From the start of new workers to their first right answer; null: it wasn't tried. */
  readonly bootMs: number | null;
  /** From the end of one item on record to the beginning of the next. */
  readonly betweenMs: readonly number[];
}

/** Items of this environment's earlier changes, by id: how long each took, in ms. */
export type EarlierItems = Readonly<Record<string, readonly number[]>>;

/** Items that a rehearsal and a change run in the same way. */
export const sameItems = ["update", "examine", "database-truth", "application-truth"] as const;

/**
 * What a rehearsal doesn't do, as measured on 2 cores; where this environment was changed before, its own times count. Drain: one
 * look at a gateway without requests in flight. Fence: closing and ending some sessions. Swap: one transaction of two renames.
 * Admission: the gateway's switch to workers that answer. Boot: of workers that nobody has tried.
 */
const usualMs = { drain: 20, fence: 60, swap: 60, admission: 50, boot: 6_000, between: 15 } as const;

/** Hold begins at the end of `hold-traffic` and ends at the end of `reopen`: nine items, each after the end of the one before. */
const itemsInHold = 9;

/** The parts that add up to the hold, by name, in ms. */
export function holdParts(rehearsed: HoldMeasurements, earlier: EarlierItems): Record<string, number> {
  const { items, checkpoint, bootMs, betweenMs } = rehearsed;
  const before = (item: string): number | null => median(earlier[item] ?? []);
  const same = Object.fromEntries(sameItems.map((item) => [item, items[item] ?? 0]));
  const parts = {
    drain: before("drain") ?? usualMs.drain,
    fence: before("fence") ?? usualMs.fence,
    ...checkpoint,
    ...same,
    // Before its renames it goes through the clone's attachments as the checkpoint went through the live ones.
    swap: before("swap") ?? usualMs.swap + checkpoint.links,
    reopen: bootMs === null ? (before("reopen") ?? usualMs.boot) : bootMs + usualMs.admission,
    record: itemsInHold * (median(betweenMs) ?? usualMs.between),
  };
  return Object.fromEntries(Object.entries(parts).map(([part, ms]) => [part, Math.round(ms)]));
}

/**
 * A copy that was restored from a dump has none of the dead space of the live database, which a clone of that takes along.
 *
 * @param cloneMs how long a clone of the copy took
 * @param sizesBytes sizes of both; null: not known
 */
export function cloneOfLiveMs(cloneMs: number, sizesBytes: { readonly copy: number | null; readonly live: number | null }): number {
  const { copy, live } = sizesBytes;
  if (copy === null || live === null || copy <= 0) return cloneMs;
  return Math.round(cloneMs * Math.max(1, live / copy));
}

/** The upper of the two in the middle when their number is even; null of nothing. */
function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
