import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { Irreversible, StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly database: string;
  readonly release: Digest;
  readonly generation: string;
  readonly old: { readonly generation: string; readonly release: Digest | null };
};

const undo: Irreversible = {
  irreversible: true,
  reason:
    "Users have worked on the new release since it was reopened; what its scheduled actions did can't be undone by starting the old ones.",
};

/** After reopening: crons of the new release start, the old workers end. Crons of the two never overlap. */
export const resumeBackground: StepKind<Input, { readonly running: true }, "runtime"> = {
  id: "resume-background",
  summary: "Start background work of the new release",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    generation: z.string().min(1),
    old: z.strictObject({ generation: z.string().min(1), release: digestSchema.nullable() }),
  }),
  needs: ["runtime"],
  limits: { timeoutMs: 120_000, attempts: 5 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const { runtime } = cx.use;
    const next = await runtime.prepare(input.generation, input.release, input.database);
    const old = await runtime.prepare(input.old.generation, input.old.release, input.database);
    await runtime.startBackground(next, cx.deployment.epoch);
    await runtime.stopWeb(old, cx.deployment.epoch, 10_000);
    return { running: true };
  },

  undo,

  describe: () => "Start scheduled actions of the new release and end the old workers.",
};
