import type { ReleaseAnalysis } from "../../../domain/impact/analysis.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { AgreedRemovals, Impact } from "../../../domain/impact/impact.ts";
import type { NothingPredicted, PredictedUpdate, Prediction, PredictionEvidence } from "../../../domain/impact/prediction.ts";
import type { PlanPrediction } from "../../../domain/plan/plan.ts";
import { shown } from "../evidence.ts";
import { comparedText } from "./compare-prediction.ts";

/** Of what a plan needs, all but the digests. */
export interface Summary {
  readonly summary: Omit<PredictedUpdate, "evidence" | "compared">;
  readonly evidence: PredictionEvidence;
  readonly compared: readonly string[];
}

/** What a plan takes from an analysis; nothing where that is about another update than the one that the plan runs. */
export function summaryOf(analysis: ReleaseAnalysis, impact: Impact): Summary | NothingPredicted {
  const { prediction, plannedClass, updates, findings } = analysis;
  if (prediction === null || plannedClass === null || updates === null)
    return { made: false, why: "There is no old release to compare with." };
  const others = [...differing(updates.closure, impact.closure), ...differing(updates.installs, impact.installs)];
  if (others.length > 0) {
    const names = [...new Set(others)].sort().slice(0, 10).join(", ");
    return { made: false, why: `Reading the sources leads to another update than the modules' contents and versions do: ${names}.` };
  }
  const floor = prediction.uncertain.length > 0 || findings.some((finding) => finding.unsure === true && finding.atLeast !== undefined);
  return {
    summary: {
      made: true,
      plannedClass,
      floor,
      reasons: [
        ...reasonsOf(analysis, prediction),
        ...(floor ? ["Something of it can't be told before it runs: the class is a floor."] : []),
      ],
      hazards: hazardsOf(analysis, new Set([...impact.closure, ...impact.installs])),
      removals: removalsOf(prediction),
      uncertain: prediction.uncertain,
      preChecks: prediction.preChecks,
      seconds: Math.round(prediction.seconds ?? 0),
    },
    evidence: { formatVersion: 1, prediction, findings: analysis.findings },
    compared: comparedText(prediction.difference),
  };
}

/** Why the class is as bad as it is. */
function reasonsOf({ plannedClass, findings }: ReleaseAnalysis, prediction: Prediction): readonly string[] {
  const raising = findings.filter((finding) => finding.atLeast === plannedClass).map((finding) => `${finding.module}: ${finding.what}`);
  return [...(prediction.plannedClass === plannedClass ? (prediction.reasons ?? []) : []), ...shown([...new Set(raising)])];
}

function differing(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))];
}

const hazardsMax = 20;

/**
 * Findings that Odoo would fail of, or that leave something broken. Pre-checks and removals aren't among them: the plan asks the one and
 * lists the other. Only what surely stops this update refuses the plan; the rest is judged where it shows.
 */
function hazardsOf({ findings, rules }: ReleaseAnalysis, updated: ReadonlySet<string>): string[] {
  const stops = new Set(rules.filter((rule) => rule.stops === true).map((rule) => rule.id));
  const told = findings.filter(({ severity, rule }) => severity === "error" && !toldElsewhere.test(rule));
  const surely = (finding: Finding): boolean => stops.has(finding.rule) && finding.unsure !== true && updated.has(finding.module);
  const blocking = told.filter(surely).map((finding) => `blocking: ${placed(finding)}`);
  const others = told.filter((finding) => !surely(finding)).map(placed);
  const more = others.length - hazardsMax;
  return [
    ...blocking,
    ...others.slice(0, hazardsMax),
    ...(more > 0 ? [`${more} more ${more === 1 ? "finding" : "findings"} of this weight.`] : []),
  ];
}

const toldElsewhere = /^(column-dropped|model-removed|data-must-[a-z]+|version-goes-down|dependency-[a-z-]+|module-[a-z-]+)$/;

function placed({ module, file, line, what, meaning }: Finding): string {
  const place = file === null ? module : `${module}/${file}${line === null ? "" : `:${line}`}`;
  return `${place}: ${what}${meaning === null ? "" : ` ${meaning}`}`;
}

function removalsOf({ difference }: Prediction): AgreedRemovals {
  return {
    tables: difference.tablesRemoved,
    columns: difference.columnsRemoved,
    records: difference.recordsRemoved.map((line) => line.slice(0, line.lastIndexOf(" ("))),
    modules: difference.modulesRemoved,
  };
}

/** What of it is part of the plan. */
export function planPrediction(predicted: PredictedUpdate | NothingPredicted): PlanPrediction {
  if (!predicted.made) return { made: false, why: predicted.why };
  const { removals, seconds, evidence, uncertain } = predicted;
  return { made: true, removals, seconds, evidence, uncertain: shown([...new Set(uncertain.map((one) => one.why))].sort()) };
}
