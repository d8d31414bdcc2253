import { z } from "zod";
import { candidateName } from "../../../domain/rollout/names.ts";
import { abandonedOf } from "../../../app/ports/left-databases.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string };
type Output = { readonly linked: number };

/** Most hard links are made while users work, so that the hold has only the rest to do. */
export const linkFilestore: StepKind<Input, Output, "filestore" | "tenant-database"> = {
  id: "link-filestore",
  summary: "Hard-link the attachments for the clone",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["filestore", "tenant-database"],
  limits: { timeoutMs: 3_600_000, attempts: 3 },

  // Links are only added, so looking for what is missing and doing it is the same walk.
  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    if (!(await cx.use.filestore.exists(input.database))) return { linked: 0 };
    return cx.use.filestore.linkMissing(input.database, candidateName(input.database, cx.deployment.id), {
      signal: cx.signal,
      progress: (fraction) => cx.progress(fraction, "linking attachments"),
    });
  },

  async undo(cx, input) {
    // Kept for the attachments of a database that users were taken back from, whatever the record says.
    if (abandonedOf(await cx.use["tenant-database"].databases(), cx.deployment.id) !== undefined) return;
    await cx.use.filestore.remove(candidateName(input.database, cx.deployment.id));
  },

  describe: (input) => `Hard-link the attachments of ${input.database} for its clone.`,
};
