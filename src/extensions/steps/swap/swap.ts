import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName, originalName } from "../../../domain/rollout/names.ts";
import { candidateOid, linkKeptFiles, markOf, originalOid, whichIsLive } from "../../../app/ports/exchanged-databases.ts";
import { abandonedOf } from "../../../app/ports/left-databases.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { readDatabaseClock, readWriteCounters } from "../../../odoo/inventory/loss-reads.ts";

type Input = { readonly database: string };
type Output = {
  readonly linked: number;
  /** By the database's own clock: whatever it dates later was written by the new release. */
  readonly swappedAt: string | null;
  /** Row writes by table so far, from PostgreSQL's counters: what is more later was written by the new release. */
  readonly counters: Readonly<Record<string, number>> | null;
};
type Needs = "tenant-database" | "filestore";

/** One transaction gives the live name to the proven clone (S3). */
export const swap: StepKind<Input, Output, Needs> = {
  id: "swap",
  summary: "Give the live name to the updated clone",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore"],
  limits: { timeoutMs: 600_000, attempts: 2 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    const { which, live } = await whichIsLive(cx, input.database);
    if (which === "original") return { state: "not-started" };
    // Nobody was let in yet, so it is as it was at the exchange.
    return { state: "done", output: { linked: 0, ...(await remembered(cx, live.oid)) } };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const [original, candidate] = [originalOid(cx), candidateOid(cx)];
    // Before the swap, because adding files harms nobody and the renames are then the last thing that can fail.
    const linked = await linkKeptFiles(cx, input.database);
    await refuseAbandoned(cx);
    const moment = await remembered(cx, candidate);
    await database.exchange({
      live: input.database,
      goes: { oid: original, to: originalName(input.database, cx.deployment.id), mark: markOf(cx, "original") },
      comes: { oid: candidate, mark: markOf(cx, "live") },
      open: true,
    });
    return { linked, ...moment };
  },

  /** The original takes its name back and stays closed: the fence's undo opens it, last of all. Nobody was let in to the clone. */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const live = (await database.databases()).find((item) => item.name === input.database);
    // A ledger restored from a backup may know the claim and not yet the checkpoint; the original in its place needs nothing.
    if (live?.oid === originalOid(cx)) return;
    const [original, candidate] = [originalOid(cx), candidateOid(cx)];
    await database.exchange({
      live: input.database,
      goes: { oid: candidate, to: candidateName(input.database, cx.deployment.id), mark: markOf(cx, "candidate") },
      comes: { oid: original, mark: markOf(cx, "live") },
      open: false,
    });
  },

  describe: (input) => `Rename in one transaction: the updated clone becomes ${input.database}, the original is kept closed.`,
};

/** It carries the same name and OID as the clone did; users were taken back from it, and never come to it again by themselves. */
async function refuseAbandoned(cx: ItemContext<Needs>): Promise<void> {
  const abandoned = abandonedOf(await cx.use["tenant-database"].databases(), cx.deployment.id);
  if (abandoned === undefined) return;
  throw new PlimsollError("STATE_UNEXPECTED", `Users were taken back from ${abandoned.name}; it doesn't become live again.`, {
    why: "The environment was recovered, and Plimsoll's record is older than that.",
    fix: "Nothing was changed. See docs/runbooks/stuck-deployment.md, section 7.",
    liftedBy: "a person",
  });
}

/** For a loss receipt. Not knowing it makes that less exact, and must not stop a swap. */
async function remembered(cx: ItemContext<Needs>, oid: number): Promise<Pick<Output, "swappedAt" | "counters">> {
  const database = cx.use["tenant-database"];
  const found = (await database.databases()).find((item) => item.oid === oid);
  if (found?.allowsConnections !== true) return { swappedAt: null, counters: null };
  try {
    return await database.read(found.name, async (sql) => ({
      swappedAt: await readDatabaseClock(sql),
      counters: await readWriteCounters(sql),
    }));
  } catch (error) {
    if (error instanceof PlimsollError && error.retry !== "retryable") return { swappedAt: null, counters: null };
    throw error;
  }
}
