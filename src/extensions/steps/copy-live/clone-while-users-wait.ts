import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { ItemContext } from "../../../app/ports/step.ts";
import type { DatabaseInfo, DatabaseMark } from "../../../app/ports/tenant-database.ts";

type Needs = "tenant-database" | "gateway";
type Input = { readonly database: string; readonly by: "dump" | "template"; readonly drainMs: number };

const pollMs = 20;
const claimSchema = z.object({ live: z.object({ oid: z.number(), name: z.string() }) });

/** Holds users' requests, closes the live database, clones it, and opens and resumes whatever happens. */
export async function cloneWhileUsersWait(
  cx: ItemContext<Needs>,
  input: Input,
  name: string,
  mark: DatabaseMark,
): Promise<{ copy: DatabaseInfo; cloneMs: number; usersWaitedMs: number }> {
  const { "tenant-database": database, gateway } = cx.use;
  const { live } = claimSchema.parse(cx.outputOf("claim"));
  cx.progress(null, "users wait for the clone");
  const startedMs = cx.clock.monotonicMs();
  const sinceMs = (from: number): number => Math.round(cx.clock.monotonicMs() - from);
  try {
    await gateway.change(cx.environment.name, cx.deployment.epoch, { mode: "hold" });
    await drain(cx, input.drainMs, startedMs);
    await database.releaseUpdateLock();
    await database.fence(live);
    const cloningMs = cx.clock.monotonicMs();
    const copy = await database.clone(live, name, mark);
    const cloneMs = sinceMs(cloningMs);
    await letUsersOn(cx, input);
    return { copy, cloneMs, usersWaitedMs: sinceMs(startedMs) };
  } catch (error) {
    // The error of the copy is the one to tell; what the undo can't put right either, it tells itself.
    await letUsersOn(cx, input).catch(() => undefined);
    throw error;
  }
}

/** Opens the live database and lets users through, if a copy by template left it otherwise. */
export async function letUsersOn(cx: ItemContext<Needs>, input: Input): Promise<void> {
  if (input.by !== "template") return;
  const { "tenant-database": database, gateway } = cx.use;
  const output = cx.outputOf("claim");
  if (output === undefined) return;
  const { oid } = claimSchema.parse(output).live;
  const live = (await database.databases()).find((one) => one.oid === oid && one.name === input.database);
  if (live !== undefined && !live.allowsConnections) await database.unfence(live);
  if ((await gateway.status(cx.environment.name))?.route.mode === "hold")
    await gateway.change(cx.environment.name, cx.deployment.epoch, { mode: "pass" });
}

async function drain(cx: ItemContext<Needs>, boundMs: number, startedMs: number): Promise<void> {
  for (;;) {
    const status = await cx.use.gateway.status(cx.environment.name);
    if (status !== null && status.inFlight === 0) return;
    if (cx.clock.monotonicMs() - startedMs >= boundMs) {
      throw new PlimsollError(
        "DRAIN_OVER_BOUND",
        `${status?.inFlight ?? "Unknown"} requests still run after ${Math.round(boundMs / 1000)} s.`,
        {
          why: "A request that runs is not cut off for a rehearsal.",
          fix: "Rehearse again when it has ended, or have the copy made by dump, which nobody notices: --copy dump.",
        },
      );
    }
    await cx.clock.sleep(pollMs, cx.signal);
  }
}
