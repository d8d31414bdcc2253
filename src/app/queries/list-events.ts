import type { EventRecord } from "../../domain/audit/event.ts";
import type { EventQuery, StoreReads } from "../ports/store.ts";
import type { UseCase } from "../use-case.ts";

export interface ListEventsInput extends EventQuery {
  /** The newest of them instead of the oldest; still oldest first. */
  readonly latest: boolean;
}

const pageMax = 10_000;
/** Beyond it the reader has to narrow the filter or say where to begin. */
const pagesMax = 100;

/** The record, oldest first. */
export const listEvents: UseCase<ListEventsInput, readonly EventRecord[]> = {
  id: "list-events",
  permission: "event:read",

  async handler(world, _actor, { latest, ...query }) {
    if (!latest) return world.store.events(query);
    let kept: EventRecord[] = [];
    let after = query.after ?? 0;
    for (let page = 0; page < pagesMax; page++) {
      const events = await world.store.events({ ...query, after, limit: pageMax });
      kept = [...kept, ...events].slice(-query.limit);
      after = events.at(-1)?.sequence ?? after;
      if (events.length < pageMax) break;
    }
    return kept;
  },
};

/** The sequence of the newest event; 0 when there is none. A search by halves, because the store reads from a sequence on. */
export async function newestSequence(store: StoreReads): Promise<number> {
  const isBefore = async (sequence: number): Promise<boolean> => (await store.events({ after: sequence, limit: 1 })).length > 0;
  if (!(await isBefore(0))) return 0;
  let before = 0;
  let at = 1;
  while (await isBefore(at)) {
    before = at;
    at *= 2;
  }
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (await isBefore(middle)) before = middle;
    else at = middle;
  }
  return at;
}
