import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly generation: string; readonly release: Digest | null; readonly database: string; readonly boundMs: number };
type Output = { readonly stopped: true };

/** Step 4: crons take nothing new and finish what they do; at the bound the change is given up, never the cron. */
export const stopBackground: StepKind<Input, Output, "runtime"> = {
  id: "stop-background",
  summary: "Let background work finish and keep it stopped",
  input: z.strictObject({
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
    boundMs: z.int().positive(),
  }),
  needs: ["runtime"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe(cx, input) {
    const status = (await cx.use.runtime.generations()).find((item) => item.generation.id === input.generation);
    return status === undefined || status.background === "stopped"
      ? { state: "done", output: { stopped: true } }
      : { state: "not-started" };
  },

  async apply(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    cx.progress(null, "waiting for running crons to finish");
    if (await cx.use.runtime.stopBackground(generation, cx.deployment.epoch, input.boundMs, cx.signal)) return { stopped: true };
    throw new PlimsollError("DRAIN_OVER_BOUND", `Background work still runs after ${Math.round(input.boundMs / 1000)} s.`, {
      why: "A scheduled action hasn't finished; Plimsoll doesn't kill business work.",
      fix: "See in Odoo under Scheduled Actions which one runs; try again after it, or raise limits.backgroundStop of the environment.",
    });
  },

  async undo(cx, input) {
    await cx.use.runtime.startBackground(
      await cx.use.runtime.prepare(input.generation, input.release, input.database),
      cx.deployment.epoch,
    );
  },

  describe: (input) => `Stop scheduled actions once the running ones have finished (at most ${Math.round(input.boundMs / 1000)} s).`,
};
