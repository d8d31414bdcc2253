import { z } from "zod";
import { dropDatabases } from "../../../app/ports/drop-databases.ts";
import type { Irreversible, StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string };
type Output = { readonly dropped: readonly string[] };

const undo: Irreversible = {
  irreversible: true,
  reason: "The copy was made to be thrown away; nobody used anything of it.",
};

/** Nothing of a rehearsal stays but its report. */
export const discardCopy: StepKind<Input, Output, "tenant-database" | "filestore"> = {
  id: "discard-copy",
  summary: "Drop the copy",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore"],
  limits: { timeoutMs: 3_600_000, attempts: 5 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const dropped = await dropDatabases(cx, { live: input.database, databases: await database.databases() }, ["copy"]);
    await database.release();
    return { dropped };
  },

  undo,

  describe: () => "Drop the copy with its attachments.",
};
