import type { EventRecord } from "../../domain/audit/event.ts";
import type { EventQuery } from "../ports/store.ts";
import type { UseCase } from "../use-case.ts";

/** The record, oldest first. */
export const listEvents: UseCase<EventQuery, readonly EventRecord[]> = {
  id: "list-events",
  permission: "event:read",
  handler: (world, _actor, query) => world.store.events(query),
};
