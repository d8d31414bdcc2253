import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { dropDatabases } from "../../../app/ports/drop-databases.ts";
import type { Irreversible, StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly database: string;
  readonly horizonMs: number;
  /** `code-only`: nothing was cloned, so nothing is kept but the way back. */
  readonly path?: "code-only" | undefined;
  /** Absent: the original. After a recovery it is the new database that is kept closed. */
  readonly keeps?: "new" | undefined;
};
type Output = { readonly dropped: readonly string[] };

const reopenSchema = z.object({ reopenedAt: z.string() });
const switchSchema = z.object({ switchedAt: z.string() });

const undo: Irreversible = {
  irreversible: true,
  reason: "After the hold horizon the original is dropped for good; the plan said so when it was approved.",
};

/** Of a deployment either the original is kept, or what a recovery took users back from: the other one means that the record is wrong. */
function keptByTheOther(deployment: string, name: string, role: "original" | "abandoned"): PlimsollError {
  const recovered = role === "abandoned";
  return new PlimsollError("STATE_UNEXPECTED", `${name} is kept by ${deployment}, and its comment says ${role}.`, {
    why: recovered
      ? "Users were taken back from it, and the record of this deployment doesn't know that: what they wrote is in it and nowhere else."
      : "Users should be on the original after a recovery, and it is kept beside them instead.",
    fix: "Nothing was dropped. See docs/runbooks/stuck-deployment.md, section 7.",
    liftedBy: "a person",
  });
}

/** After the hold horizon the closed original and the attachments kept for it go. */
export const settle: StepKind<Input, Output, "tenant-database" | "filestore"> = {
  id: "settle",
  summary: "Drop the kept original",
  input: z.strictObject({
    database: z.string().min(1),
    horizonMs: z.int().nonnegative(),
    path: z.literal("code-only").optional(),
    keeps: z.literal("new").optional(),
  }),
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
    const all = await database.databases();
    const [ends, stays] = cx.recovery === undefined ? (["original", "abandoned"] as const) : (["abandoned", "original"] as const);
    const other = all.find(({ mark, name }) => mark?.deployment === cx.deployment.id && mark.role === stays && name !== input.database);
    if (other !== undefined) throw keptByTheOther(cx.deployment.id, other.name, stays);
    const dropped = await dropDatabases(cx, { live: input.database, databases: all }, [ends, "candidate", "copy"]);
    await database.release();
    return { dropped };
  },

  undo,

  describe: (input) => {
    const hours = Math.round(input.horizonMs / 3_600_000);
    return input.path === "code-only"
      ? `Keep the way back to the old code open for ${hours} h; nothing else is kept.`
      : `Keep the closed ${input.keeps === "new" ? "new database" : "original"} for ${hours} h, then drop it.`;
  },
};
