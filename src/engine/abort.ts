import { record } from "./record.ts";
import type { Run } from "./run.ts";
import { noted } from "./writes.ts";

const eventsMax = 10_000;

/** Who wanted it, and why, in a sentence for the record. */
export async function abortReason(run: Run): Promise<string> {
  const events = await run.world.ledger.events({ deployment: run.deployment.id, limit: eventsMax }).catch(() => []);
  const request = events.findLast((event) => event.type === "deployment.abort-requested");
  const reason = (request?.data as { readonly reason?: string } | undefined)?.reason ?? "";
  return `Aborted by ${request?.actor ?? "a person"}${reason === "" ? "." : `: ${reason}`}`;
}

/** The wish came too late: users are on the new release. Said once. */
export async function refuseAbort(run: Run): Promise<void> {
  if (run.abortRefusalRecorded) return;
  run.abortRefusalRecorded = true;
  const events = await run.world.ledger.events({ deployment: run.deployment.id, limit: eventsMax }).catch(() => []);
  if (events.some((event) => event.type === "deployment.abort-refused")) return;
  await record(
    run,
    noted(run, "deployment.abort-refused", { reason: "Users are on the new release already.", state: run.deployment.state }),
  );
}
