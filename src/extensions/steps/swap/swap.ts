import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName, originalName } from "../../../domain/rollout/names.ts";
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

const claimSchema = z.object({ live: z.object({ oid: z.number() }) });
const checkpointSchema = z.object({ candidate: z.object({ oid: z.number() }) });

/** One transaction gives the live name to the proven clone (S3). */
export const swap: StepKind<Input, Output, Needs> = {
  id: "swap",
  summary: "Give the live name to the updated clone",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore"],
  limits: { timeoutMs: 600_000, attempts: 2 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    const live = (await cx.use["tenant-database"].databases()).find((item) => item.name === input.database);
    const { original, candidate } = oids(cx);
    if (live?.oid === original) return { state: "not-started" };
    // Nobody was let in yet, so it is as it was at the exchange.
    if (live?.oid === candidate) return { state: "done", output: { linked: 0, ...(await remembered(cx, candidate)) } };
    throw new PlimsollError("STATE_UNEXPECTED", `${input.database} is neither the original nor the updated clone.`, {
      why: `Its OID is ${live?.oid ?? "unknown"}; the original has ${original}, the clone ${candidate}.`,
      fix: "Somebody else renamed databases. Nothing was touched; put the names right by hand, then resume.",
    });
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const { original, candidate } = oids(cx);
    const clone = candidateName(input.database, cx.deployment.id);
    // Before the swap, because adding files harms nobody and the renames are then the last thing that can fail.
    const { linked } = (await cx.use.filestore.exists(clone))
      ? await cx.use.filestore.linkMissing(clone, input.database, { signal: cx.signal })
      : { linked: 0 };
    await refuseAbandoned(cx);
    const moment = await remembered(cx, candidate);
    const mark = { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch };
    await database.exchange({
      live: input.database,
      goes: { oid: original, to: originalName(input.database, cx.deployment.id), mark: { ...mark, role: "original" } },
      comes: { oid: candidate, mark: { ...mark, role: "live" } },
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
    const { original, candidate } = oids(cx);
    const mark = { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch };
    await database.exchange({
      live: input.database,
      goes: { oid: candidate, to: candidateName(input.database, cx.deployment.id), mark: { ...mark, role: "candidate" } },
      comes: { oid: original, mark: { ...mark, role: "live" } },
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

function oids(cx: ItemContext<Needs>): { original: number; candidate: number } {
  return { original: originalOid(cx), candidate: checkpointSchema.parse(cx.outputOf("checkpoint")).candidate.oid };
}

function originalOid(cx: ItemContext<Needs>): number {
  return claimSchema.parse(cx.outputOf("claim")).live.oid;
}
