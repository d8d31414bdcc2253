import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string; readonly release: Digest; readonly budgetMs: number };
type Output = { readonly probe: Digest };

/** What the new release answers on the live database. It is live: nothing is asked that would write, so no assets either. */
export const probeNew: StepKind<Input, Output, "runtime" | "evidence-store"> = {
  id: "probe-new",
  summary: "Read every model and view with the new release",
  input: z.strictObject({ database: z.string().min(1), release: digestSchema, budgetMs: z.int().positive() }),
  needs: ["runtime", "evidence-store"],
  limits: { timeoutMs: 3_600_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    cx.progress(null, "reading every model and view with the new release");
    const { report } = await cx.use.runtime.probe({
      script: "deep-probe",
      release: input.release,
      database: input.database,
      input: { http: false },
      yields: true,
      budgetMs: input.budgetMs,
      epoch: cx.deployment.epoch,
      deployment: cx.deployment.id,
      signal: cx.signal,
    });
    return { probe: await cx.use["evidence-store"].put(report) };
  },

  // It only read.
  async undo() {},

  describe: () => "Read every model and view with the new release, without writing anything.",
};
