import { z } from "zod";
import type { StepKind } from "../../../app/ports/step.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";

type Input = { readonly database: string };
type Output = { readonly ended: number };

const liveSchema = z.object({ live: z.object({ oid: z.number(), name: z.string() }) });

/** Step 7: nobody can write to the live database any more (S2). */
export const fence: StepKind<Input, Output, "tenant-database"> = {
  id: "fence",
  summary: "Close the live database",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database"],
  limits: { timeoutMs: 60_000, attempts: 2 },

  async observe(cx) {
    const original = originalOf(cx.outputOf("claim"));
    const found = (await cx.use["tenant-database"].databases()).find((item) => item.oid === original.oid);
    if (found === undefined || found.allowsConnections) return { state: "not-started" };
    return (await cx.use["tenant-database"].sessions(found.name)).length === 0
      ? { state: "done", output: { ended: 0 } }
      : { state: "partly", what: "sessions are left" };
  },

  async apply(cx) {
    const database = cx.use["tenant-database"];
    await database.claim();
    await database.releaseUpdateLock();
    return database.fence(originalOf(cx.outputOf("claim")));
  },

  /** By OID, under whatever name it has: opening the original again is the last word of every way back. */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const { oid } = originalOf(cx.outputOf("claim"));
    const original = (await database.databases()).find((item) => item.oid === oid);
    if (original === undefined || original.name !== input.database) {
      throw new PlimsollError(
        "STATE_UNEXPECTED",
        `The original of ${input.database} (OID ${oid}) ${original === undefined ? "is not there" : `is called ${original.name}`}.`,
        {
          why: "It must carry the live name before it is opened.",
          fix: "Look at the databases and their comments; nothing was opened and nothing dropped.",
        },
      );
    }
    await database.unfence(original);
  },

  describe: (input) => `Close ${input.database}: no session can read or write it.`,
};

function originalOf(output: Json | undefined): { oid: number; name: string } {
  return liveSchema.parse(output).live;
}
