import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { readPartiallyUpdated } from "../../../odoo/inventory/modules.ts";
import { endIdleWorkers, startAnswering } from "../../../odoo/server/web-workers.ts";

type Input = { readonly generation: string; readonly release: Digest | null; readonly database: string; readonly bootMs: number };
type Output = { readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly seen: string }[] };

/** New web workers on the live database, beside those that serve: asked before anybody is sent to them. */
export const startBeside: StepKind<Input, Output, "runtime" | "gateway" | "tenant-database"> = {
  id: "start-beside",
  summary: "Start new workers beside those that serve",
  input: z.strictObject({
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
    bootMs: z.int().positive(),
  }),
  needs: ["runtime", "gateway", "tenant-database"],
  limits: { timeoutMs: 900_000, attempts: 1 },

  // Whether they still answer is told by asking; starting what runs changes nothing.
  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    if (await cx.use["tenant-database"].read(input.database, (sql) => readPartiallyUpdated(sql))) throw halfDone(input.database);
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    cx.progress(null, "starting workers beside those that serve");
    const { checks } = await startAnswering(cx, generation, input.bootMs, cx.recovery === undefined ? "new" : "old");
    return { checks: checks.map(({ name, ok, seen }) => ({ name, ok, seen })) };
  },

  /** What users still wait for is answered first. */
  async undo(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await endIdleWorkers(cx, generation, cx.environment.limits.drainMsMax);
  },

  describe: () => "Start workers on the same database, beside those that serve, and ask them.",
};

function halfDone(database: string): PlimsollError {
  return new PlimsollError("STATE_UNEXPECTED", `Odoo's note says that an update of ${database} is only half done.`, {
    why: "It is the parameter base.partially_updated_database: any Odoo that loads this database now would update it, and users work on it.",
    fix: "Find out who left that update unfinished, finish it or take it back, then plan the change again.",
    liftedBy: "a person",
  });
}
