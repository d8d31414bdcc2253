import { z } from "zod";
import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { checkpointOutput } from "../../../app/ports/checkpoint-output.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";
import { compareSnapshots, observedClass } from "../../../odoo/analysis/snapshot-difference.ts";
import { parseLog, problemsIn } from "../../../odoo/server/log-grammar.ts";
import { judgeAgainst, warningKey } from "../../../odoo/server/warning-baseline.ts";

type Input = { readonly rehearses: string };

type Output = {
  /** Everything of this with nothing cut off. */
  readonly report: Digest;
  readonly difference: Digest;
  readonly warnings: Digest;
  readonly observedClass: string;
  /** How many there are of each kind of difference, and the first names. */
  readonly differences: { readonly [kind: string]: { readonly count: number; readonly first: readonly string[] } };
  /** Warnings that no list explains: people read them before they approve. */
  readonly warningsToRead: readonly string[];
  readonly warningCount: number;
  readonly locks: readonly { readonly table: string; readonly ms: number }[] | null;
  readonly peakMemoryBytes: number | null;
  /** What a change does while users wait, in ms; the plan's other items are measured by their own record. */
  readonly partsMs: { readonly [part: string]: number };
};

const namesMax = 20;
const warningsMax = 20;

const lock = z.object({ table: z.string(), ms: z.number() });
const updateSchema = z.object({
  durationMs: z.number(),
  log: digestSchema,
  peakMemoryBytes: z.number().nullable(),
  locks: z.array(lock).nullable().optional(),
});
const copySchema = z.object({ snapshot: digestSchema, cloneMs: z.number(), relinkMs: z.number().default(0), readMs: z.number() });
const examineSchema = z.object({ snapshot: digestSchema });
const workersSchema = z.object({ bootMs: z.number().nullable() });

/** Puts together what the rehearsal found: what changes of this release are held to, and what their users will wait for. */
export const reportRehearsal: StepKind<Input, Output, "evidence-store"> = {
  id: "report-rehearsal",
  summary: "Write down what the rehearsal found",
  input: z.strictObject({ rehearses: z.string().min(1) }),
  needs: ["evidence-store"],
  limits: { timeoutMs: 120_000, attempts: 2 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const evidence = cx.use["evidence-store"];
    const copy = copySchema.parse(checkpointOutput(cx));
    const update = updateSchema.parse(cx.outputOf("update"));
    const { bootMs } = workersSchema.parse(cx.outputOf("try-workers"));
    const before = (await evidence.get(copy.snapshot)) as unknown as CatalogueSnapshot;
    const after = (await evidence.get(examineSchema.parse(cx.outputOf("examine")).snapshot)) as unknown as CatalogueSnapshot;
    const problems = problemsIn(parseLog(z.string().parse(await evidence.get(update.log))));
    const warnings = problems.map(warningKey).sort();
    const difference = compareSnapshots(before, after);
    const partsMs = {
      clone: copy.cloneMs,
      links: copy.relinkMs,
      reading: copy.readMs,
      update: update.durationMs,
      ...(bootMs === null ? {} : { boot: bootMs }),
    };
    const found = {
      observedClass: observedClass(difference),
      locks: update.locks?.map((one) => ({ ...one })) ?? null,
      peakMemoryBytes: update.peakMemoryBytes,
      partsMs,
    };
    return {
      report: await evidence.put({ rehearses: input.rehearses, ...found, difference, warnings } as unknown as Json),
      difference: await evidence.put(difference as unknown as Json),
      warnings: await evidence.put(warnings),
      ...found,
      differences: summaryOf(difference as unknown as Readonly<Record<string, readonly string[]>>),
      warningsToRead: judgeAgainst(problems, { by: "rehearsing" })
        .toRead.slice(0, warningsMax)
        .map((problem) => problem.example.slice(0, 500)),
      warningCount: warnings.length,
    };
  },

  // It only wrote down.
  async undo() {},

  describe: (input) => `Write down what ${input.rehearses} will change, what Odoo warns of, and how long users will wait.`,
};

function summaryOf(difference: Readonly<Record<string, readonly string[]>>): Output["differences"] {
  const some = Object.entries(difference).filter(([, list]) => list.length > 0);
  return Object.fromEntries(some.map(([kind, list]) => [kind, { count: list.length, first: list.slice(0, namesMax) }]));
}
