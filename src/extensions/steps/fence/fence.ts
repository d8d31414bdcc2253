import { z } from "zod";
import { candidateOid, originalOid } from "../../../app/ports/exchanged-databases.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";

/** `candidate`: what is live is the updated clone, as in a recovery. */
type Input = { readonly database: string; readonly of?: "original" | "candidate" | undefined };
type Output = { readonly ended: number };

/** Nobody can write to the live database any more (S2). */
export const fence: StepKind<Input, Output, "tenant-database"> = {
  id: "fence",
  summary: "Close the live database",
  input: z.strictObject({ database: z.string().min(1), of: z.enum(["original", "candidate"]).optional() }),
  needs: ["tenant-database"],
  limits: { timeoutMs: 60_000, attempts: 2 },

  async observe(cx, input) {
    const { oid } = liveOf(cx, input);
    const found = (await cx.use["tenant-database"].databases()).find((item) => item.oid === oid);
    if (found === undefined || found.allowsConnections) return { state: "not-started" };
    return (await cx.use["tenant-database"].sessions(found.name)).length === 0
      ? { state: "done", output: { ended: 0 } }
      : { state: "partly", what: "sessions are left" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    await database.releaseUpdateLock();
    return database.fence(liveOf(cx, input));
  },

  /** By OID, under whatever name it has: opening what users were on is the last word of every way back. */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const { oid } = liveOf(cx, input);
    const found = (await database.databases()).find((item) => item.oid === oid);
    if (found === undefined || found.name !== input.database) {
      const what = input.of === "candidate" ? "updated clone" : "original";
      throw new PlimsollError(
        "STATE_UNEXPECTED",
        `The ${what} of ${input.database} (OID ${oid}) ${found === undefined ? "is not there" : `is called ${found.name}`}.`,
        {
          why: "It must carry the live name before it is opened.",
          fix: "Look at the databases and their comments; nothing was opened and nothing dropped.",
        },
      );
    }
    await database.unfence(found);
  },

  describe: (input) => `Close ${input.database}: no session can read or write it.`,
};

function liveOf(cx: ItemContext<"tenant-database">, input: Input): { readonly oid: number; readonly name: string } {
  return { oid: input.of === "candidate" ? candidateOid(cx) : originalOid(cx), name: input.database };
}
