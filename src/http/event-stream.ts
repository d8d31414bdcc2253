import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { newestSequence } from "../app/queries/list-events.ts";
import type { World } from "../app/world.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { eventFilter } from "./contract/events.ts";
import { eventQuery } from "./routes/event-routes.ts";

const pageMax = 200;
/** A notice of the store may be lost with its connection: look anyway, and keep proxies from closing. */
const lookEveryMs = 5_000;

/** Events as they are committed, from `Last-Event-ID` (or `after`) on. Without either: only new ones. */
export async function eventStream(context: Context, world: World): Promise<Response> {
  const parsed = eventFilter.safeParse(context.req.query());
  if (!parsed.success)
    throw new PlimsollError("INPUT_INVALID", "The filter of the stream is not valid.", {
      because: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    });
  const last = context.req.header("last-event-id");
  if (last !== undefined && !/^\d{1,15}$/.test(last)) throw new PlimsollError("INPUT_INVALID", "Last-Event-ID must be a sequence number.");
  const filter = eventQuery(parsed.data);
  let after = last === undefined ? (filter.after ?? (await newestSequence(world.store))) : Number(last);
  return streamSSE(context, async (out) => {
    let wake = (): void => undefined;
    const subscription = world.store.onEvents(() => wake());
    out.onAbort(() => wake());
    try {
      // What a client has to name when it comes back, even if nothing happens meanwhile.
      await out.writeSSE({ event: "ready", id: String(after), data: "{}" });
      while (!out.aborted) {
        const noticed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const events = await world.store.events({ ...filter, after, limit: pageMax });
        for (const event of events) await out.writeSSE({ event: event.type, id: String(event.sequence), data: JSON.stringify(event) });
        after = events.at(-1)?.sequence ?? after;
        if (events.length === pageMax) continue;
        const looked = await Promise.race([noticed.then(() => false), out.sleep(lookEveryMs).then(() => true)]);
        if (looked && !out.aborted) await out.write(": still here\n\n");
      }
    } finally {
      subscription.close();
    }
  });
}
