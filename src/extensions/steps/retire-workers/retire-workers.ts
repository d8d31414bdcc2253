import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { endIdleWorkers, startAnswering } from "../../../odoo/server/web-workers.ts";

type Input = {
  readonly generation: string;
  readonly release: Digest | null;
  readonly database: string;
  readonly boundMs: number;
  readonly bootMs: number;
};

/** Workers that no user is sent to any more end, once the last request that reached them is answered. */
export const retireWorkers: StepKind<Input, { readonly retired: true }, "runtime" | "gateway"> = {
  id: "retire-workers",
  summary: "End the workers that serve nobody any more",
  input: z.strictObject({
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
    boundMs: z.int().positive(),
    bootMs: z.int().positive(),
  }),
  needs: ["runtime", "gateway"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe(cx, input) {
    const status = (await cx.use.runtime.generations()).find((item) => item.generation.id === input.generation);
    const gone = status === undefined || (status.web === "stopped" && status.background === "stopped");
    return gone ? { state: "done", output: { retired: true } } : { state: "not-started" };
  },

  async apply(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await endIdleWorkers(cx, generation, input.boundMs);
    return { retired: true };
  },

  /** They serve again when users are sent back to them, so they are started and asked first. */
  async undo(cx, input) {
    const generation = await cx.use.runtime.prepare(input.generation, input.release, input.database);
    await startAnswering(cx, generation, input.bootMs, "old");
  },

  describe: (input) =>
    `End the workers that serve nobody any more, once their last requests are answered (at most ${Math.round(input.boundMs / 1000)} s).`,
};
