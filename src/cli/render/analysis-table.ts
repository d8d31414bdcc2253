import pico from "picocolors";
import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import type { Finding, Severity } from "../../domain/impact/finding.ts";
import type { Prediction, RecordPrediction } from "../../domain/impact/prediction.ts";
import { rulesPage } from "./analysis-sarif.ts";
import { classSentence, countOf, grouped, harmless, isReflected, placeOf, sidesOf } from "./analysis-words.ts";
import { fields } from "./table.ts";

const namesShownMax = 12;
const reasonsShownMax = 5;
const linesPerRuleMax = 10;
const headings: Readonly<Record<Severity, string>> = { error: "Errors", warning: "Warnings", note: "Notes" };

export interface TableOptions {
  readonly coloured: boolean;
  /** Every finding and every unknown. */
  readonly all: boolean;
}

/** An analysis on a terminal: what it comes to, then one line for each finding, worst first. */
export function analysisTable(analysis: ReleaseAnalysis, { coloured, all }: TableOptions): string {
  const paint = pico.createColors(coloured);
  const { findings, unknowns } = analysis;
  const colour = { error: paint.red, warning: paint.yellow, note: paint.cyan };
  const groups = (["error", "warning", "note"] as const).flatMap((severity) => {
    const found = findings.filter((finding) => finding.severity === severity);
    if (found.length === 0) return [];
    const lines = found.map((finding) => ({ of: finding.rule, text: line(finding, paint.dim) }));
    return ["", paint.bold(colour[severity](`${headings[severity]} (${grouped(found.length)})`)), ...shown(lines, all)];
  });
  const unknown = unknowns.map((one) => ({
    of: one.kind,
    text: `${harmless(`  ${placeOf(one)}  ${one.what}`)}  ${paint.dim(one.kind)}`,
  }));
  return [
    fields(headOf(analysis)),
    ...groups,
    ...(unknown.length === 0
      ? []
      : ["", paint.bold(`Unknown without running the code (${grouped(unknown.length)})`), ...shown(unknown, all)]),
    ...remedies(analysis, paint),
    "",
    findings.length === 0
      ? paint.green("No findings.")
      : `${countOf(findings.length, "finding")}. What a rule means and why: ${paint.underline(rulesPage)}`,
  ].join("\n");
}

function headOf(analysis: ReleaseAnalysis): (readonly [string, string | null])[] {
  const { updates, prediction, plannedClass, floor, baseModules, reasons } = analysis;
  return [
    ["Analysed", harmless(sidesOf(analysis))],
    ["Base", baseModules === 0 ? baseText(analysis) : countOf(baseModules, "module")],
    ["Class", plannedClass === null ? null : `${plannedClass}${floor ? "+" : ""}: ${classSentence(analysis)}`],
    ["Because", reasons.length === 0 ? null : shortened(reasons, reasonsShownMax, "\n", "\n").split("\n").map(harmless).join("\n")],
    ["Update", updates === null ? null : updateText(analysis)],
    ["Installs", updates === null || updates.installs.length === 0 ? null : shortened(updates.installs, namesShownMax)],
    ["Schema", prediction === null ? null : schemaText(prediction.difference)],
    ["Records", prediction === null ? null : recordsText(prediction)],
  ];
}

function baseText({ findings }: ReleaseAnalysis): string | null {
  // Odoo's own tree is its own base.
  return findings.some(({ rule }) => rule === "base-unknown") ? "none: what Odoo's own modules would tell is unknown (--base)" : null;
}

/** Of each rule or kind the first ones, so that many of one don't hide another. */
function shown(lines: readonly { readonly of: string; readonly text: string }[], all: boolean): string[] {
  const counts = new Map<string, number>();
  const kept = lines.filter(({ of }) => {
    counts.set(of, (counts.get(of) ?? 0) + 1);
    return all || (counts.get(of) ?? 0) <= linesPerRuleMax;
  });
  const left = [...counts].filter(([, count]) => !all && count > linesPerRuleMax);
  return [
    ...kept.map(({ text }) => text),
    ...left.map(([of, count]) => `  and ${grouped(count - linesPerRuleMax)} more of ${of} (--all shows them)`),
  ];
}

function remedies({ rules }: ReleaseAnalysis, { bold, dim }: Pick<ReturnType<typeof pico.createColors>, "bold" | "dim">): string[] {
  const worth = rules.filter(({ severity }) => severity !== "note");
  return worth.length === 0 ? [] : ["", bold("What to do"), ...worth.map(({ id, remedy }) => `  ${remedy}  ${dim(id)}`)];
}

function line(finding: Finding, dim: (text: string) => string): string {
  const more = [finding.meaning, finding.unsure === true ? "(not certain)" : null].filter((text) => text !== null);
  const text = `  ${placeOf(finding)}  ${finding.what}${more.length === 0 ? "" : ` ${more.join(" ")}`}`;
  return `${harmless(text)}  ${dim(finding.rule)}`;
}

function updateText({ updates, prediction, plannedClass }: ReleaseAnalysis): string {
  const { minimal = [], safe = [], closure = [] } = updates ?? {};
  if (minimal.length === 0 && (plannedClass === "K0" || plannedClass === "K1" || prediction === null)) return "nothing has to be updated";
  const named = minimal.length === 0 ? safe : minimal;
  if (named.length === 0) return "nothing has to be updated";
  const more = closure.filter((name) => !named.includes(name)).length;
  const dependents = more === 0 ? "" : `  (${countOf(closure.length, "module")} with those that depend on it)`;
  return `-u ${shortened(named, namesShownMax, ",")}${dependents}`;
}

function shortened(names: readonly string[], max: number, separator = ", ", last = " "): string {
  const more = names.length - max;
  return `${names.slice(0, max).join(separator)}${more > 0 ? `${last}and ${grouped(more)} more` : ""}`;
}

function schemaText(difference: Prediction["difference"]): string {
  const parts = [
    ["new table", difference.tablesAdded, ""],
    ["table", difference.tablesRemoved, " dropped"],
    ["new column", difference.columnsAdded, ""],
    ["column", difference.columnsRemoved, " dropped"],
    ["column", difference.columnsRetyped, " of another type"],
    ["column", difference.columnsRequired, " now required"],
    ["column", difference.columnsRelaxed, " no longer required"],
    ["new constraint", difference.constraintsAdded, ""],
    ["constraint", difference.constraintsRemoved, " gone"],
    ["new index", difference.indexesAdded, ""],
    ["index", difference.indexesRemoved, " gone"],
  ] as const;
  const told = parts.flatMap(([noun, names, what]) => (names.length === 0 ? [] : [`${countOf(names.length, noun)}${what}`]));
  return told.length === 0 ? "nothing changes" : told.join(", ");
}

const becomesWords: Readonly<Record<RecordPrediction["becomes"], string>> = {
  created: "created",
  changed: "changed",
  overwritten: "overwritten although somebody edited them",
  kept: "kept as the database has them (noupdate)",
  deleted: "deleted",
  forgotten: "forgotten (the row stays, without its xmlid)",
};

function recordsText({ records }: Prediction): string {
  const kinds = Object.keys(becomesWords) as (keyof typeof becomesWords)[];
  const told = kinds.flatMap((kind) => {
    const count = records.filter((record) => record.becomes === kind && !isReflected(record)).length;
    return count === 0 ? [] : [`${grouped(count)} ${becomesWords[kind]}`];
  });
  return told.length === 0 ? "nothing changes" : told.join(", ");
}
