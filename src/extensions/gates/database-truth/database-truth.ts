import { z } from "zod";
import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import type { PredictionEvidence } from "../../../domain/impact/prediction.ts";
import type { UpdateTruth } from "../../../domain/fleet/update-truth.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { verdictOf, type EvidenceRow, type Verdict } from "../../../domain/verdict/verdict.ts";
import { digestSchema, lagSchema } from "../../../app/ports/schema.ts";
import type { GateKind, ItemContext } from "../../../app/ports/step.ts";
import { checkpointOutput } from "../../../app/ports/checkpoint-output.ts";
import { judgeDatabaseTruth, type DatabaseTruthInput, type UpdateLogFacts } from "../../../odoo/analysis/database-truth.ts";
import { asPredictedRow, unpredictedReason } from "../../../odoo/analysis/predicted-difference.ts";
import { asRehearsedRow } from "../../../odoo/analysis/rehearsed-difference.ts";
import { compareSnapshots, observedClass } from "../../../odoo/analysis/snapshot-difference.ts";
import { judgeApplicationTruth } from "../../../odoo/probe/compare.ts";
import { readProbeReport } from "../../../odoo/probe/report.ts";
import { failureCause } from "../../../odoo/server/failure-cause.ts";
import { modulesLoaded, parseLog, problemsIn, reachedEnd, scriptsSeen } from "../../../odoo/server/log-grammar.ts";
import { judgeAgainst, warningKey, type ProblemRule } from "../../../odoo/server/warning-baseline.ts";

type Input = {
  readonly database: string;
  readonly release: Digest;
  /** Versions that code-only releases raised; absent: none. */
  readonly lag?: readonly ModuleLag[] | undefined;
  /** The rehearsal that this update must not differ from; absent: the list of known noise alone. */
  readonly rehearsal?: { readonly deployment: string; readonly difference: Digest; readonly warnings: Digest } | undefined;
  /** `PredictionEvidence` that the update is held to; absent: nothing was predicted. */
  readonly prediction?: Digest | undefined;
};
type Needs = "evidence-store" | "release-library";

const updateSchema = z.object({ exitCode: z.number().nullable(), signal: z.string().nullable(), log: digestSchema, logCut: z.boolean() });
const checkpointSchema = z.object({ snapshot: digestSchema, truth: digestSchema });
const examineSchema = z.object({ snapshot: digestSchema, truth: digestSchema, probe: digestSchema.nullable() });
const warningsShownMax = 50;
const baselineSchema = z.object({ report: digestSchema });

/** The clone is what the release says it must be. Judges what was gathered; Odoo's exit code is one row of it. */
export const databaseTruth: GateKind<Input, Needs> = {
  id: "database-truth",
  summary: "Compare the updated clone with what it was and must be",
  phase: "during",
  input: z.strictObject({
    database: z.string().min(1),
    release: digestSchema,
    lag: lagSchema.optional(),
    rehearsal: z.strictObject({ deployment: z.string().min(1), difference: digestSchema, warnings: digestSchema }).optional(),
    prediction: digestSchema.optional(),
  }),
  needs: ["evidence-store", "release-library"],
  limits: { timeoutMs: 120_000 },

  async evaluate(cx, input) {
    const evidence = cx.use["evidence-store"];
    const run = updateSchema.parse(cx.outputOf("update"));
    const examined = examineSchema.parse(cx.outputOf("examine"));
    const log = z.string().parse(await evidence.get(run.log));
    const checkpoint = checkpointSchema.parse(checkpointOutput(cx));
    const before = (await evidence.get(checkpoint.snapshot)) as unknown as CatalogueSnapshot;
    const after = (await evidence.get(examined.snapshot)) as unknown as CatalogueSnapshot;
    const rows = judgeDatabaseTruth({
      at: cx.clock.now(),
      run: { exitCode: run.exitCode, signal: run.signal, timedOut: false },
      log: logFacts(cx, log, run.logCut, await ruleOf(cx, input)),
      impact: cx.plan.impact,
      release: await cx.use["release-library"].content(input.release),
      base: await cx.use["release-library"].base(cx.environment.runtime.odoo),
      truth: (await evidence.get(examined.truth)) as unknown as UpdateTruth,
      truthBefore: (await evidence.get(checkpoint.truth)) as unknown as UpdateTruth,
      before,
      after,
      agreedRemovals: cx.plan.agreedRemovals,
      lag: input.lag,
      views: await viewsOf(cx, examined.probe),
    });
    const difference = compareSnapshots(before, after);
    const rehearsed = await rehearsedRow(cx, input, difference);
    rows.push(...(rehearsed === null ? [] : [rehearsed]), await predictedRow(cx, input, difference, rehearsed));
    cx.evidence("observedClass", observedClass(difference));
    cx.evidence("difference", await evidence.put(difference as unknown as Json));
    const verdict = inWords(cx, verdictOf(rows, "The database is what the release says it must be, and nothing was lost."));
    const cause = run.exitCode === 0 ? null : failureCause(log);
    return cause === null ? verdict : { ...verdict, reason: `Odoo's update failed: ${cause}` };
  },

  describe: (input) =>
    `Compare the clone with what it was and with what the release says it must be${input.prediction === undefined ? "" : ", and with what was predicted"}${input.rehearsal === undefined ? "" : `, and with what its rehearsal ${input.rehearsal.deployment} made of a copy; a warning that the rehearsal didn't have counts against it, unless it is on the list of known noise`}.`,
};

async function rehearsedRow(cx: ItemContext<Needs>, { rehearsal }: Input, seen: DatabaseDifference): Promise<EvidenceRow | null> {
  if (rehearsal === undefined) return null;
  const rehearsed = (await cx.use["evidence-store"].get(rehearsal.difference)) as unknown as DatabaseDifference;
  return asRehearsedRow(rehearsed, seen, rehearsal.deployment, cx.clock.now());
}

async function predictedRow(
  cx: ItemContext<Needs>,
  { prediction, rehearsal }: Input,
  seen: DatabaseDifference,
  rehearsed: EvidenceRow | null,
): Promise<EvidenceRow> {
  const evidence = prediction === undefined ? null : ((await cx.use["evidence-store"].get(prediction)) as unknown as PredictionEvidence);
  const planned = cx.plan.prediction;
  return asPredictedRow({
    predicted: evidence?.prediction ?? null,
    why: planned?.made === false ? planned.why : "The plan has no prediction.",
    seen,
    rehearsedAlike: rehearsed?.outcome === "passed" ? (rehearsal?.deployment ?? null) : null,
    rehearsing: cx.plan.kind === "rehearsal",
    at: cx.clock.now(),
  });
}

/** Where nothing else speaks against the update, the reason says what lifts it. */
function inWords(cx: ItemContext<Needs>, verdict: Verdict): Verdict {
  const [first, ...more] = verdict.rows.filter((row) => row.outcome !== "passed");
  if (first?.id !== "differences-as-predicted" || more.length > 0) return verdict;
  return { ...verdict, reason: unpredictedReason(first, cx.deployment.change) };
}

async function ruleOf(cx: ItemContext<Needs>, { rehearsal }: Input): Promise<ProblemRule> {
  if (cx.plan.kind === "rehearsal") return { by: "rehearsing" };
  if (rehearsal === undefined) return { by: "list" };
  return { by: "rehearsal", seen: z.array(z.string()).parse(await cx.use["evidence-store"].get(rehearsal.warnings)) };
}

function logFacts(cx: ItemContext<Needs>, log: string, cut: boolean, rule: ProblemRule): UpdateLogFacts {
  const parsed = parseLog(log);
  const { known, unexplained, toRead } = judgeAgainst(problemsIn(parsed), rule);
  if (toRead.length > 0) cx.evidence("warningsToRead", toRead.slice(0, warningsShownMax).map(warningKey));
  return {
    scriptsSeen: scriptsSeen(parsed),
    modulesLoaded: modulesLoaded(parsed),
    reachedEnd: reachedEnd(parsed),
    unexplained: unexplained.map(({ level, logger, example, count }) => ({ level, logger, example, count })),
    allowedCount: known,
    cut,
  };
}

async function viewsOf(cx: ItemContext<Needs>, probe: Digest | null): Promise<DatabaseTruthInput["views"]> {
  if (probe === null) return { outcome: "inconclusive", seen: "not read, because the update failed" };
  const evidence = cx.use["evidence-store"];
  const baseline = readProbeReport(await evidence.get(baselineSchema.parse(cx.outputOf("probe-baseline")).report));
  const rows = judgeApplicationTruth(baseline, readProbeReport(await evidence.get(probe)), cx.clock.now());
  const row = rows.find((item) => item.id === "views-combine") ?? rows[0];
  return row === undefined ? { outcome: "inconclusive", seen: "no report" } : { outcome: row.outcome, seen: row.seen };
}
