import type { Clock } from "../app/ports/clock.ts";
import type { EventQuery } from "../app/ports/store.ts";
import type { EventRecord, NewEvent } from "../domain/audit/event.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

export const eventChannel = "plimsoll_events";
const appendLock = 7_015_311_002;
const limitMax = 10_000;

interface EventRow {
  sequence: number;
  at: string;
  actor: string;
  type: string;
  subject_kind: EventRecord["subjectKind"];
  subject: string;
  environment: string | null;
  deployment: string | null;
  data: EventRecord["data"];
}

/**
 * The one function that writes events. It is called last in a transaction: from here to the commit nobody else appends, so
 * sequences become visible in order and a reader that follows `after` misses none. Taking the lock last, after every row
 * lock, is what keeps two transactions from waiting for each other.
 */
export async function append(db: Queryable, clock: Clock, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.query("select pg_advisory_xact_lock($1)", [appendLock]);
  const at = clock.now();
  for (const event of events) {
    await db.query(
      `insert into event (at, actor, type, subject_kind, subject, environment, deployment, data)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [at, event.actor, event.type, event.subjectKind, event.subject, event.environment, event.deployment, toJsonb(event.data)],
    );
  }
  await db.query("select pg_notify($1, '')", [eventChannel]);
}

export async function readEvents(db: Queryable, query: EventQuery): Promise<EventRecord[]> {
  const { rows } = await db.query<EventRow>(
    `select * from event
     where ($1::text is null or subject_kind = $1) and ($2::text is null or subject = $2)
       and ($3::text is null or environment = $3) and ($4::text is null or deployment = $4)
       and sequence > $5
     order by sequence limit $6`,
    [
      query.subjectKind ?? null,
      query.subject ?? null,
      query.environment ?? null,
      query.deployment ?? null,
      query.after ?? 0,
      Math.min(query.limit, limitMax),
    ],
  );
  return rows.map((row) => ({
    sequence: row.sequence,
    at: row.at,
    actor: row.actor,
    type: row.type,
    subjectKind: row.subject_kind,
    subject: row.subject,
    environment: row.environment,
    deployment: row.deployment,
    data: row.data,
  }));
}
