import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly database: string; readonly release: Digest | null; readonly budgetMs: number };
type Output = {
  readonly report: Digest;
  /** What users got from the old release until now, as the gateway counted it; absent: it didn't count, or serves elsewhere. */
  readonly traffic?: Json;
};

/** What the old release answers, to Plimsoll and to its users, so that the gates can tell a new fault from one that was there. Reads only; users are served. */
export const probeBaseline: StepKind<Input, Output, "runtime" | "evidence-store" | "gateway"> = {
  id: "probe-baseline",
  summary: "Read every model and view with the old release",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema.nullable(),
    budgetMs: z.int().positive(),
  }),
  needs: ["runtime", "evidence-store", "gateway"],
  limits: { timeoutMs: 3_600_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    // Before the probe, which burdens the database that users work on.
    const [traffic] = (await cx.use.gateway.status(cx.environment.name))?.traffic ?? [];
    cx.progress(null, "reading every model and view");
    const { report } = await cx.use.runtime.probe({
      script: "deep-probe",
      release: input.release,
      database: input.database,
      input: { http: false } as Json,
      yields: true,
      budgetMs: input.budgetMs,
      epoch: cx.deployment.epoch,
      deployment: cx.deployment.id,
      signal: cx.signal,
    });
    const digest = await cx.use["evidence-store"].put(report);
    return { report: digest, ...(traffic === undefined ? {} : { traffic: traffic as unknown as Json }) };
  },

  // It only read.
  async undo() {},

  describe: () => "Read every model and view with the old release, as the measure for the new one.",
};
