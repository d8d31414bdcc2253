import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName, copyName } from "../../../domain/rollout/names.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { usedBefore } from "../../../app/ports/left-databases.ts";

type Input = { readonly database: string };
type Output = { readonly live: { readonly oid: number; readonly name: string } };

/** The environment belongs to this deployment, for Plimsoll, for other workers, and for click-odoo-update. */
export const claim: StepKind<Input, Output, "tenant-database" | "filestore" | "runtime"> = {
  id: "claim",
  summary: "Take the environment for this deployment alone",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore", "runtime"],
  limits: { timeoutMs: 60_000, attempts: 3 },

  // A claim lives in a session, and a session never outlives its worker: it is always taken again.
  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    await cx.use.runtime.endStrays(cx.deployment.epoch);
    const all = await database.databases();
    const used = usedBefore(all, cx.deployment.id);
    if (used !== null) throw used;
    const live = all.find((item) => item.name === input.database);
    if (live === undefined) {
      throw new PlimsollError("DATABASE_MISSING", `The database ${input.database} is not there.`, {
        fix: "See `plimsoll environment show` for the databases of this environment.",
      });
    }
    if (!(await database.takeUpdateLock())) {
      throw new PlimsollError("DATABASE_BUSY", `click-odoo-update is running on ${input.database}.`, {
        why: "It holds its advisory lock in that database; two updates at once destroy each other's module states.",
        fix: "Wait until it has ended, then run the change again.",
        liftedBy: "whoever started it",
      });
    }
    return { live: { oid: live.oid, name: live.name } };
  },

  /**
   * Users are served again when this runs, so dropping what is left may take its time. Without anything left there is nothing
   * to claim for: what refused the claim itself, such as a right that is missing, must not stand in the way back. Only what
   * nobody ever worked on is dropped: a kept original and an abandoned database aren't, whatever the record says.
   */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    const all = await database.databases();
    const used = usedBefore(all, cx.deployment.id);
    if (used !== null) throw used;
    const left = all.filter(({ mark, name }) => {
      const ours = mark?.deployment === cx.deployment.id && (mark.role === "candidate" || mark.role === "copy");
      return ours && name !== input.database;
    });
    if (left.length > 0) await database.claim();
    for (const item of left) await database.drop(item);
    await cx.use.filestore.remove(candidateName(input.database, cx.deployment.id));
    await cx.use.filestore.remove(copyName(input.database, cx.deployment.id));
    await database.releaseUpdateLock();
    await database.release();
  },

  describe: (input) => `Take ${input.database} for this deployment alone.`,
};
