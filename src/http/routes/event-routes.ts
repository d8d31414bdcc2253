import { listEvents } from "../../app/queries/list-events.ts";
import type { EventQuery } from "../../app/ports/store.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/events.ts";

export const eventRoutes: readonly Binding[] = [
  bind(contract.listEvents, listEvents.permission, async ({ world, actor, progress }, { query }) => ({
    items: await listEvents.handler(world, actor, { ...eventQuery(query), latest: query.latest === "true" }, progress),
  })),
];

/** Without the members that weren't given. */
export function eventQuery({ latest: _, ...filter }: contract.EventFilter): EventQuery {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as unknown as EventQuery;
}
