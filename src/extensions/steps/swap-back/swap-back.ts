import { z } from "zod";
import { candidateName, originalName } from "../../../domain/rollout/names.ts";
import { candidateOid, linkKeptFiles, markOf, originalOid, whichIsLive } from "../../../app/ports/exchanged-databases.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string };
type Output = { readonly linked: number };
type Needs = "tenant-database" | "filestore";

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
    const { which, live } = await whichIsLive(cx, input.database);
    if (which === "candidate") return { state: "not-started" };
    return live.allowsConnections ? { state: "done", output: { linked: 0 } } : { state: "partly", what: "the original is still closed" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const [original, candidate] = [originalOid(cx), candidateOid(cx)];
    // The tree that was linked for the clone is the attachment hold: what the new release's vacuum removed is still in it.
    const linked = await linkKeptFiles(cx, input.database);
    cx.signal.throwIfAborted();
    await database.exchange({
      live: input.database,
      goes: { oid: candidate, to: candidateName(input.database, cx.deployment.id), mark: markOf(cx, "abandoned") },
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
    const [original, candidate] = [originalOid(cx), candidateOid(cx)];
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
