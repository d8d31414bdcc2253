import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { Irreversible, ItemContext, StepKind } from "../../../app/ports/step.ts";

type Generation = { readonly generation: string; readonly release: Digest | null };
type Input = Generation & { readonly database: string; readonly instead: Generation };
type Output = { readonly backgroundStopped: boolean };

const receiptSchema = z.object({ repeats: z.number() });

const undo: Irreversible = {
  irreversible: true,
  reason: "Users work on the old release again; what its scheduled actions did can't be undone by starting the new ones.",
};

/**
 * After a recovery: crons of the old release start again, the new workers end. When something would leave twice, they stay
 * stopped until a person has settled it.
 */
export const restartBackground: StepKind<Input, Output, "runtime"> = {
  id: "restart-background",
  summary: "Start background work of the old release again",
  input: z.strictObject({
    database: z.string().min(1),
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    instead: z.strictObject({ generation: z.string().min(1), release: digestSchema.nullable() }),
  }),
  needs: ["runtime"],
  limits: { timeoutMs: 120_000, attempts: 5 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const { runtime } = cx.use;
    const instead = await runtime.prepare(input.instead.generation, input.instead.release, input.database);
    await runtime.stopWeb(instead, cx.deployment.epoch, 10_000);
    const receipt = receiptSchema.safeParse(cx.outputOf("loss-receipt"));
    // A recovery that was found by looking has no receipt: what would leave twice isn't known, unless somebody has decided it before.
    if (!receipt.success) return { backgroundStopped: !(await runsBackground(cx, input.generation)) };
    if (receipt.data.repeats > 0) return { backgroundStopped: true };
    const old = await runtime.prepare(input.generation, input.release, input.database);
    await runtime.startBackground(old, cx.deployment.epoch);
    return { backgroundStopped: false };
  },

  undo,

  describe: () => "Start scheduled actions of the old release, unless something would be sent twice, and end the new workers.",
};

async function runsBackground(cx: ItemContext<"runtime">, generation: string): Promise<boolean> {
  return (await cx.use.runtime.generations()).some((status) => status.generation.id === generation && status.background !== "stopped");
}
