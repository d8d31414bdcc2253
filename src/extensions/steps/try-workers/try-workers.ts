import { z } from "zod";
import { candidateName } from "../../../domain/rollout/names.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { reopenCopy } from "../../../app/ports/checkpoint-output.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { startAnswering } from "../../../odoo/server/web-workers.ts";

type Input = { readonly database: string; readonly release: Digest; readonly bootMs: number };
type Output = { readonly bootMs: number | null; readonly checks: readonly { readonly name: string; readonly seen: string }[] };
type Needs = "runtime" | "tenant-database";

const stopGraceMs = 5_000;
const copySchema = z.object({ ownRole: z.boolean() });

/** Web workers of the new release on the copy: do they start, and how long will users wait for them? No background work runs. */
export const tryWorkers: StepKind<Input, Output, Needs> = {
  id: "try-workers",
  summary: "Start the new release's workers on the copy",
  input: z.strictObject({ database: z.string().min(1), release: digestSchema, bootMs: z.int().positive() }),
  needs: ["runtime", "tenant-database"],
  limits: { timeoutMs: 3_600_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    await cx.use["tenant-database"].claim();
    await reopenCopy(cx);
    if (copySchema.parse(cx.outputOf("copy-live")).ownRole) {
      cx.evidence("notTried", "Workers connect with the environment's own role, which can't enter this copy.");
      return { bootMs: null, checks: [] };
    }
    const { runtime } = cx.use;
    const generation = await runtime.prepare(generationId(cx), input.release, candidateName(input.database, cx.deployment.id));
    cx.progress(null, "starting workers of the new release");
    const startedMs = cx.clock.monotonicMs();
    try {
      const { checks } = await startAnswering(cx, generation, input.bootMs);
      return { bootMs: Math.round(cx.clock.monotonicMs() - startedMs), checks: checks.map(({ name, seen }) => ({ name, seen })) };
    } finally {
      await runtime.stopWeb(generation, cx.deployment.epoch, stopGraceMs);
    }
  },

  async undo(cx) {
    const { runtime } = cx.use;
    const found = (await runtime.generations()).find(({ generation }) => generation.id === generationId(cx));
    if (found !== undefined) await runtime.stopWeb(found.generation, cx.deployment.epoch, stopGraceMs);
  },

  describe: (input) =>
    `Start web workers of the new release on the copy, without background work, and wait until they answer (at most ${Math.round(input.bootMs / 1000)} s).`,
};

function generationId(cx: ItemContext<Needs>): string {
  return `try-${cx.deployment.id.toLowerCase()}`;
}
