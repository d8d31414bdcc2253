import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { SmokeScenario } from "../../../domain/fleet/smoke-scenario.ts";
import { candidateName, copyName } from "../../../domain/rollout/names.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { copyAccess, reopenCopy } from "../../../app/ports/checkpoint-output.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import { readSnapshot } from "../../../odoo/inventory/catalogue-snapshot.ts";
import { readUpdateTruth } from "../../../odoo/inventory/update-truth.ts";
import { smokeScenarioSchema } from "../../../odoo/smoke/scenario-document.ts";
import { tryBusiness } from "./business-smoke.ts";
import { copyAside, removeCopy, type Needs } from "./throwaway-copy.ts";
import { together } from "./together.ts";

type Input = {
  readonly database: string;
  readonly release: Digest;
  readonly budgetMs: number;
  /** Absent in plans of versions without business smoke: nothing is tried then. */
  readonly smoke?: readonly SmokeScenario[] | undefined;
};
type Output = { readonly snapshot: Digest; readonly truth: Digest; readonly probe: Digest | null; readonly smoke?: Digest };

const updateSchema = z.object({ exitCode: z.number().nullable() });

/**
 * Gathers what gates A and B judge. On the candidate nothing that writes runs but the building of assets, and that after its
 * schema was read. Business is done on a throwaway copy of it, at the same time: users wait for whatever takes longer.
 */
export const examine: StepKind<Input, Output, Needs> = {
  id: "examine",
  summary: "Read the updated clone, and do business on a copy of it",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    budgetMs: z.int().positive(),
    smoke: z.array(smokeScenarioSchema).optional(),
  }),
  needs: ["runtime", "tenant-database", "evidence-store", "filestore"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    await cx.use["tenant-database"].claim();
    await reopenCopy(cx);
    // After a failed update the new code may do anything to this database; there is nothing more to learn from it.
    if (updateSchema.parse(cx.outputOf("update")).exitCode !== 0) return { ...(await readSql(cx, input)), probe: null };
    const { smoke } = input;
    if (smoke === undefined) return readCandidate(cx, input, cx.signal);
    const begunMs = cx.clock.monotonicMs();
    const elapsed = (): number => Math.round(cx.clock.monotonicMs() - begunMs);
    await removeCopy(cx, input.database);
    cx.progress(null, "copying the updated clone for business smoke");
    const name = candidateName(input.database, cx.deployment.id);
    const candidate = (await cx.use["tenant-database"].databases()).find((item) => item.name === name);
    if (candidate === undefined)
      throw new PlimsollError("STATE_UNEXPECTED", `The updated clone ${name} is gone.`, {
        fix: "Nothing was touched; run the change again.",
      });
    const order = { live: input.database, release: input.release, scenarios: smoke, budgetMs: input.budgetMs };
    const copy = await copyAside(cx, candidate, { live: input.database, open: true, release: input.release });
    cx.evidence("copyMs", elapsed());
    const [read, tried] = await together(
      cx.signal,
      async (signal) => {
        const seen = await readCandidate(cx, input, signal);
        cx.evidence("readUntilMs", elapsed());
        return seen;
      },
      async (signal) => {
        const seen = await tryBusiness(cx, order, copy, signal);
        cx.evidence("businessUntilMs", elapsed());
        return seen;
      },
    );
    return { ...read, smoke: await cx.use["evidence-store"].put(tried as unknown as Json) };
  },

  /** Only closed here, because users still wait; the claim's undo drops it once they are served. */
  async undo(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const name = copyName(input.database, cx.deployment.id);
    const copy = (await database.databases()).find((item) => item.name === name && item.mark?.deployment === cx.deployment.id);
    if (copy !== undefined) await database.fence(copy);
  },

  describe: (input) => {
    const read = "Read the updated clone: schema, records, totals, every model and view, and the login page with its styles and scripts.";
    if (input.smoke === undefined) return read;
    return `${read} On a throwaway copy of it, made harmless, and kept from the network where the host allows it: ${input.smoke.map(({ title }) => lowerFirst(title)).join("; ")}; log in, use an API key, open the web client.`;
  },
};

async function readSql(cx: ItemContext<Needs>, input: Input): Promise<{ readonly snapshot: Digest; readonly truth: Digest }> {
  const database = cx.use["tenant-database"];
  const evidence = cx.use["evidence-store"];
  const name = candidateName(input.database, cx.deployment.id);
  cx.progress(null, "reading schema, records and totals");
  const snapshot = await database.read(name, (sql) => readSnapshot(sql));
  const truth = await database.read(name, (sql) => readUpdateTruth(sql));
  return { snapshot: await evidence.put(snapshot as unknown as Json), truth: await evidence.put(truth as unknown as Json) };
}

/** First what SQL says, then what the new release answers: building assets writes attachments. */
async function readCandidate(cx: ItemContext<Needs>, input: Input, signal: AbortSignal): Promise<Output> {
  const read = await readSql(cx, input);
  cx.progress(null, "reading every model and view with the new release");
  const { report } = await cx.use.runtime.probe({
    script: "deep-probe",
    release: input.release,
    database: candidateName(input.database, cx.deployment.id),
    input: { http: true },
    budgetMs: input.budgetMs,
    epoch: cx.deployment.epoch,
    deployment: cx.deployment.id,
    signal,
    ...copyAccess(cx),
  });
  return { ...read, probe: await cx.use["evidence-store"].put(report) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
