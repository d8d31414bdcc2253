import { z } from "zod";
import { candidateName } from "../../../domain/rollout/names.ts";
import type { Irreversible, StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly database: string;
  readonly horizonMs: number;
  /** `code-only`: nothing was cloned, so nothing is kept but the way back. */
  readonly path?: "code-only" | undefined;
};
type Output = { readonly dropped: readonly string[] };

const reopenSchema = z.object({ reopenedAt: z.string() });
const switchSchema = z.object({ switchedAt: z.string() });

const undo: Irreversible = {
  irreversible: true,
  reason: "After the hold horizon the original is dropped for good; the plan said so when it was approved.",
};

/** Step 15: after the hold horizon the closed original and the attachments kept for it go. */
export const settle: StepKind<Input, Output, "tenant-database" | "filestore"> = {
  id: "settle",
  summary: "Drop the kept original",
  input: z.strictObject({ database: z.string().min(1), horizonMs: z.int().nonnegative(), path: z.literal("code-only").optional() }),
  needs: ["tenant-database", "filestore"],
  limits: { timeoutMs: 3_600_000, attempts: 5 },

  notBefore(cx, input) {
    const since =
      input.path === "code-only"
        ? switchSchema.parse(cx.outputOf("switch-traffic")).switchedAt
        : reopenSchema.parse(cx.outputOf("reopen")).reopenedAt;
    return new Date(Date.parse(since) + input.horizonMs).toISOString();
  },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const dropped: string[] = [];
    for (const item of await database.databases()) {
      if (item.mark?.deployment !== cx.deployment.id || item.mark.role === "live" || item.name === input.database) continue;
      await database.drop(item);
      dropped.push(item.name);
    }
    await cx.use.filestore.remove(candidateName(input.database, cx.deployment.id));
    await database.release();
    return { dropped };
  },

  undo,

  describe: (input) => {
    const hours = Math.round(input.horizonMs / 3_600_000);
    return input.path === "code-only"
      ? `Keep the way back to the old code open for ${hours} h; nothing else is kept.`
      : `Keep the closed original for ${hours} h, then drop it.`;
  },
};
