import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string; readonly release: Digest | null; readonly budgetMs: number };
type Output = { readonly report: Digest };

/** What the old release answers, so that gate B can tell a new fault from one that was there (safe-change §5). Reads only; users are served. */
export const probeBaseline: StepKind<Input, Output, "runtime" | "evidence-store"> = {
  id: "probe-baseline",
  summary: "Read every model and view with the old release",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema.nullable(),
    budgetMs: z.int().positive(),
  }),
  needs: ["runtime", "evidence-store"],
  limits: { timeoutMs: 3_600_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    cx.progress(null, "reading every model and view");
    const { report } = await cx.use.runtime.probe({
      script: "deep-probe",
      release: input.release,
      database: input.database,
      input: { http: false } as Json,
      budgetMs: input.budgetMs,
      epoch: cx.deployment.epoch,
      deployment: cx.deployment.id,
      signal: cx.signal,
    });
    return { report: await cx.use["evidence-store"].put(report) };
  },

  // It only read.
  async undo() {},

  describe: () => "Read every model and view with the old release, as the measure for the new one.",
};
