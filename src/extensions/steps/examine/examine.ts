import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { candidateName } from "../../../domain/rollout/names.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import { readSnapshot } from "../../../odoo/inventory/catalogue-snapshot.ts";
import { readUpdateTruth } from "../../../odoo/inventory/update-truth.ts";

type Input = { readonly database: string; readonly release: Digest; readonly budgetMs: number };
type Output = { readonly snapshot: Digest; readonly truth: Digest; readonly probe: Digest | null };

const updateSchema = z.object({ exitCode: z.number().nullable() });

/**
 * Gathers what gates A and B judge: first what SQL says, then what the new release answers. In this order, because building
 * assets writes attachments.
 */
export const examine: StepKind<Input, Output, "runtime" | "tenant-database" | "evidence-store"> = {
  id: "examine",
  summary: "Read the updated clone",
  input: z.strictObject({ database: z.string().min(1), release: digestSchema, budgetMs: z.int().positive() }),
  needs: ["runtime", "tenant-database", "evidence-store"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    const evidence = cx.use["evidence-store"];
    await database.claim();
    const name = candidateName(input.database, cx.deployment.id);
    cx.progress(null, "reading schema, records and totals");
    const snapshot = await database.read(name, (sql) => readSnapshot(sql));
    const truth = await database.read(name, (sql) => readUpdateTruth(sql));
    const read = { snapshot: await evidence.put(snapshot as unknown as Json), truth: await evidence.put(truth as unknown as Json) };
    // After a failed update the new code may do anything to this database; there is nothing more to learn from it.
    if (updateSchema.parse(cx.outputOf("update")).exitCode !== 0) return { ...read, probe: null };
    cx.progress(null, "reading every model and view with the new release");
    const { report } = await cx.use.runtime.probe({
      script: "deep-probe",
      release: input.release,
      database: name,
      input: { http: true },
      budgetMs: input.budgetMs,
      epoch: cx.deployment.epoch,
      deployment: cx.deployment.id,
      signal: cx.signal,
    });
    return { ...read, probe: await evidence.put(report) };
  },

  // It read, and built assets in a clone that goes with its checkpoint.
  async undo() {},

  describe: () => "Read the updated clone: schema, records, totals, every model and view, and the login page with its styles and scripts.",
};
