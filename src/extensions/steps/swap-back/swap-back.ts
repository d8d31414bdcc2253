import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName, originalName } from "../../../domain/rollout/names.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import type { DatabaseMark } from "../../../app/ports/tenant-database.ts";

type Input = { readonly database: string };
type Output = { readonly linked: number };
type Needs = "tenant-database" | "filestore";

const claimSchema = z.object({ live: z.object({ oid: z.number() }) });
const checkpointSchema = z.object({ candidate: z.object({ oid: z.number() }) });

/**
 * The kept original takes the live name again, and what is live now is closed and kept as abandoned. In one transaction, known
 * by OID (S3). Every attachment that the original refers to is there again first, whatever was vacuumed since.
 */
export const swapBack: StepKind<Input, Output, Needs> = {
  id: "swap-back",
  summary: "Give the live name back to the original",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore"],
  limits: { timeoutMs: 600_000, attempts: 2 },
  interruptedInHold: "finish",

  async observe(cx, input) {
    const live = (await cx.use["tenant-database"].databases()).find((item) => item.name === input.database);
    const { original, candidate } = oids(cx);
    if (live?.oid === candidate) return { state: "not-started" };
    if (live?.oid === original) {
      return live.allowsConnections ? { state: "done", output: { linked: 0 } } : { state: "partly", what: "the original is still closed" };
    }
    throw new PlimsollError("STATE_UNEXPECTED", `${input.database} is neither the original nor the updated clone.`, {
      why: `Its OID is ${live?.oid ?? "unknown"}; the original has ${original}, the clone ${candidate}.`,
      fix: "Somebody else renamed databases. Nothing was touched; put the names right by hand, then resume.",
    });
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const { original, candidate } = oids(cx);
    const kept = candidateName(input.database, cx.deployment.id);
    // The tree that was linked for the clone is the attachment hold: what the new release's vacuum removed is still in it.
    const { linked } = (await cx.use.filestore.exists(kept))
      ? await cx.use.filestore.linkMissing(kept, input.database, { signal: cx.signal })
      : { linked: 0 };
    cx.signal.throwIfAborted();
    await database.exchange({
      live: input.database,
      goes: { oid: candidate, to: kept, mark: markOf(cx, "abandoned") },
      comes: { oid: original, mark: markOf(cx, "live") },
      open: true,
    });
    // An exchange that was found done may have been the way back of a swap, which leaves the original closed.
    const live = (await database.databases()).find((item) => item.oid === original);
    if (live !== undefined && !live.allowsConnections) await database.unfence(live);
    return { linked };
  },

  /** Forward again: the new database takes the live name, closed as the fence left it; the fence's own undo opens it. */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const { original, candidate } = oids(cx);
    const live = (await database.databases()).find((item) => item.name === input.database);
    if (live?.oid === candidate) return;
    await database.exchange({
      live: input.database,
      goes: { oid: original, to: originalName(input.database, cx.deployment.id), mark: markOf(cx, "original") },
      comes: { oid: candidate, mark: markOf(cx, "live") },
      open: false,
    });
  },

  describe: (input) => `Rename in one transaction: the kept original becomes ${input.database} again, the new database is kept closed.`,
};

function markOf(cx: ItemContext<Needs>, role: DatabaseMark["role"]): DatabaseMark {
  return { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch, role };
}

function oids(cx: ItemContext<Needs>): { original: number; candidate: number } {
  return {
    original: claimSchema.parse(cx.outputOf("claim")).live.oid,
    candidate: checkpointSchema.parse(cx.outputOf("checkpoint")).candidate.oid,
  };
}
