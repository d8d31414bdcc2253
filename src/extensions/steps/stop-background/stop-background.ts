import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly generation: string;
  readonly release: Digest | null;
  readonly database: string;
  readonly boundMs: number;
  /** Step of the plan that started this background work; absent: it ran before the plan began. */
  readonly startedBy?: "resume-background" | undefined;
};
/** `wasRunning`: null when it was found stopped after an interruption. */
type Output = { readonly stopped: true; readonly generation: string; readonly wasRunning: boolean | null };

const outputSchema = z.object({ generation: z.string().optional(), wasRunning: z.boolean().nullish() });

/** Crons take nothing new and finish what they do; at the bound the change is given up, never the cron. */
export const stopBackground: StepKind<Input, Output, "runtime"> = {
  id: "stop-background",
  summary: "Let background work finish and keep it stopped",
  input: z.strictObject({
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
    boundMs: z.int().positive(),
    startedBy: z.literal("resume-background").optional(),
  }),
  needs: ["runtime"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe(cx, input) {
    const status = (await cx.use.runtime.generations()).find((item) => item.generation.id === input.generation);
    return status === undefined || status.background === "stopped"
      ? { state: "done", output: { stopped: true, generation: input.generation, wasRunning: null } }
      : { state: "not-started" };
  },

  async apply(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    const before = (await cx.use.runtime.generations()).find((item) => item.generation.id === generation.id);
    cx.progress(null, "waiting for running crons to finish");
    if (await cx.use.runtime.stopBackground(generation, cx.deployment.epoch, input.boundMs, cx.signal)) {
      return { stopped: true, generation: input.generation, wasRunning: before !== undefined && before.background !== "stopped" };
    }
    throw new PlimsollError("DRAIN_OVER_BOUND", `Background work still runs after ${Math.round(input.boundMs / 1000)} s.`, {
      why: "A scheduled action hasn't finished; Plimsoll doesn't kill business work.",
      fix: "See in Odoo under Scheduled Actions which one runs; try again after it, or raise limits.backgroundStop of the environment.",
    });
  },

  async undo(cx, input) {
    if (!wasRunning(cx, input)) return;
    await cx.use.runtime.startBackground(
      await cx.use.runtime.prepare(input.generation, input.release, input.database),
      cx.deployment.epoch,
    );
  },

  describe: (input) => `Stop scheduled actions once the running ones have finished (at most ${Math.round(input.boundMs / 1000)} s).`,
};

/** What was stopped before must not be started by a way back. A plan has this step once for each of its two generations. */
function wasRunning(cx: ItemContext<"runtime">, input: Input): boolean {
  const own = outputSchema.parse(cx.outputOf("stop-background") ?? {});
  const known = own.generation === input.generation ? (own.wasRunning ?? null) : null;
  return known ?? (input.startedBy === undefined || cx.outputOf(input.startedBy) !== undefined);
}
