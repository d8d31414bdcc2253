import { z } from "zod";
import { candidateName } from "../../../domain/rollout/names.ts";
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
    const dropped: string[] = [];
    for (const item of await database.databases()) {
      if (item.mark?.deployment !== cx.deployment.id || item.mark.role !== "copy" || item.name === input.database) continue;
      await database.drop(item);
      dropped.push(item.name);
    }
    await cx.use.filestore.remove(candidateName(input.database, cx.deployment.id));
    await database.release();
    return { dropped };
  },

  undo,

  describe: () => "Drop the copy with its attachments.",
};
