import type { ReleaseAnalysis, RuleConcern, RuleExplained } from "../../domain/impact/analysis.ts";
import type { Finding } from "../../domain/impact/finding.ts";
import type { RecordPrediction, Uncertainty } from "../../domain/impact/prediction.ts";
import { duration } from "./quantities.ts";
import { classSentence, countOf, grouped, isReflected, placeOf, sidesOf } from "./analysis-words.ts";

const linesShownMax = 15;

/** An analysis for whoever approves a change: Markdown that reads as plain sentences, in the order in which they ask. */
export function analysisPage(analysis: ReleaseAnalysis): string {
  return [
    "# What this release does",
    "",
    `${escaped(sidesOf(analysis))}. Read from the sources${analysis.environment === null ? "" : " and the database"}; nothing was run.`,
    ...(analysis.plannedClass === null ? [] : classSection(analysis)),
    ...findingSection("What stands in the way", analysis, isInTheWay, {
      otherwise: analysis.old === null ? "Nothing that was looked for." : "Nothing was found that makes the update fail.",
    }),
    ...(analysis.old === null ? [] : stepSections(analysis)),
    ...findingSection("What somebody should look at", analysis, isWorthALook, { otherwise: "Nothing in particular." }),
    ...section("What is unknown", unknownLines(analysis), "Nothing that was met: everything could be read from the sources."),
    "",
  ].join("\n");
}

type Choice = (finding: Finding, rule: RuleExplained | undefined) => boolean;

/** What is lost, touched or made by people has sections of its own. */
const isInTheWay: Choice = ({ severity }, rule) => severity === "error" && rule?.concerns === undefined;
const isWorthALook: Choice = ({ severity }, rule) => severity === "warning" && rule?.concerns === undefined;
const concerns =
  (what: RuleConcern): Choice =>
  (_finding, rule) =>
    rule?.concerns === what;

function classSection(analysis: ReleaseAnalysis): string[] {
  const { plannedClass, floor, reasons } = analysis;
  const more = plannedClass === "K5" ? "More may happen than is listed" : "It may be worse";
  const mark = floor ? ` ${more}: not everything can be known before it runs.` : "";
  return ["", `## Class ${plannedClass}${floor ? "+" : ""}`, "", `In short: ${classSentence(analysis)}.${mark}`, "", ...bullets(reasons)];
}

function stepSections(analysis: ReleaseAnalysis): string[] {
  return [
    ...section("What changes for users", changeLines(analysis), "Nothing that an update loads; new code may behave differently."),
    ...findingSection("Which data are touched", analysis, concerns("data"), {
      lines: dataLines(analysis),
      otherwise: "None that the sources tell of.",
    }),
    ...findingSection("What gets lost", analysis, concerns("loss"), {
      lines: lostTables(analysis),
      otherwise: "Nothing that the sources tell of.",
    }),
    ...findingSection("What people made that collides", analysis, concerns("edits"), {
      lines: (analysis.prediction?.uncertain ?? []).filter(isUnreadEdit).map(({ why }) => why),
      otherwise: analysis.environment === null ? "Unknown: no environment was looked at." : "Nothing.",
    }),
    ...section("What to check before", checkLines(analysis), "Nothing has to be checked in the database."),
    ...section("How long it takes", lengthLines(analysis), ""),
  ];
}

function changeLines({ prediction, updates, changes }: ReleaseAnalysis): string[] {
  const records = (prediction?.records ?? []).filter(
    (record) => !isReflected(record) && (record.becomes === "created" || record.becomes === "changed"),
  );
  const versions = changes.filter((change) => change.change === "changed" && change.installed && change.fromVersion !== change.toVersion);
  return [
    ...versions.map((change) => `${change.module} goes from ${change.fromVersion} to ${change.toVersion}.`),
    ...(updates?.installs ?? []).map((module) => `${module} is installed, which wasn't there before.`),
    ...[...Map.groupBy(records, (record) => record.model)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([model, some]) => recordLine(model, some)),
  ];
}

const words: Readonly<Record<string, string>> = {
  "ir.ui.view": "screens and reports (views)",
  "ir.ui.menu": "menu entries",
  "ir.actions.act_window": "actions behind menus and buttons",
  "ir.cron": "scheduled jobs",
  "mail.template": "e-mail templates",
  "ir.model.access": "access rights",
  "ir.rule": "rules of who sees which records",
  "res.groups": "groups of users",
};

function recordLine(model: string, records: readonly RecordPrediction[]): string {
  const count = (kind: string): number => records.filter((record) => record.becomes === kind).length;
  const parts = [count("created") > 0 ? `${count("created")} new` : "", count("changed") > 0 ? `${count("changed")} changed` : ""].filter(
    (part) => part !== "",
  );
  return `${words[model] ?? `records of ${model}`}: ${parts.join(", ")} (${some(records.map((record) => record.xmlid))}).`;
}

function dataLines({ prediction, rows }: ReleaseAnalysis): string[] {
  if (prediction === null) return [];
  const { difference } = prediction;
  const inTable = (column: string): string => {
    const count = rows[column.slice(0, column.indexOf("."))];
    return count === undefined ? "" : ` (${countOf(count, "row")})`;
  };
  return [
    ...difference.tablesAdded.map((table) => `A new table ${table}.`),
    ...difference.columnsAdded.map((column) => `A new column ${column}${inTable(column)}.`),
    ...difference.columnsRequired.map((column) => `${column} must have a value now${inTable(column)}.`),
    ...difference.columnsRelaxed.map((column) => `${column} may be empty now.`),
    ...difference.constraintsAdded.map((name) => `A new constraint ${name}: what is there must fit it.`),
    ...difference.indexesAdded.map((name) => `A new index ${name}.`),
  ];
}

function lostTables({ prediction, rows }: ReleaseAnalysis): string[] {
  const held = (table: string): string => (rows[table] === undefined ? "" : ` with ${countOf(rows[table], "row")}`);
  return (prediction?.difference.tablesRemoved ?? []).map((table) => `The table ${table}${held(table)} is dropped.`);
}

function isUnreadEdit({ touches }: Uncertainty): boolean {
  return touches.startsWith("edits of ");
}

function checkLines({ prediction }: ReleaseAnalysis): string[] {
  return (prediction?.preChecks ?? []).map(
    (check) =>
      `${check.what} ${check.otherwise === "fails" ? "Otherwise the update fails." : "Otherwise Odoo leaves the rule out, with a warning."}`,
  );
}

function lengthLines({ updates, rows, prediction }: ReleaseAnalysis): string[] {
  const largest = Object.entries(rows).sort(([, a], [, b]) => b - a)[0];
  const count = updates?.closure.length ?? 0;
  const seconds = prediction?.seconds ?? 0;
  return [
    count === 0 ? "Odoo updates nothing." : `Odoo updates ${countOf(count, "module")}.`,
    ...(largest === undefined ? [] : [`The largest table that is touched is ${largest[0]} with ${countOf(largest[1], "row")}.`]),
    ...(seconds < 1
      ? []
      : [`Filling, rewriting and checking rows takes about ${duration(seconds * 1_000)}, beside what loading the modules takes.`]),
    "A rehearsal measures how long users wait: plimsoll rehearse CHANGE.",
  ];
}

/** Findings that belong there, what else there is to say, and what to do about each rule once. */
function findingSection(
  title: string,
  { findings, rules }: ReleaseAnalysis,
  belongs: Choice,
  { lines = [], otherwise }: { readonly lines?: readonly string[]; readonly otherwise: string },
): string[] {
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  const chosen = findings.filter((finding) => belongs(finding, known.get(finding.rule)));
  const remedies = new Set(chosen.flatMap(({ rule }) => known.get(rule)?.remedy ?? []));
  return [
    ...section(title, [...chosen.map(sentenceOf), ...lines], otherwise),
    ...(remedies.size === 0 ? [] : ["", "What to do:", "", ...bullets([...remedies])]),
  ];
}

function sentenceOf(finding: Finding): string {
  return `${finding.what}${finding.meaning === null ? "" : ` ${finding.meaning}`}${finding.unsure === true ? " (Not certain.)" : ""}${at(finding)}`;
}

function unknownLines({ unknowns, prediction, baseModules, findings }: ReleaseAnalysis): string[] {
  return [
    ...(baseModules === 0 && findings.some(({ rule }) => rule === "base-unknown") ? ["Odoo's own modules weren't there to look at."] : []),
    ...uncertainLines(prediction?.uncertain ?? []),
    ...unknowns.map((unknown) => `${unknown.what}${at(unknown)}`),
  ];
}

/** One line for each cause; what it may touch, behind it. */
function uncertainLines(uncertain: readonly Uncertainty[]): string[] {
  const causes = Map.groupBy(
    uncertain.filter((one) => !isUnreadEdit(one)),
    ({ why }) => why,
  );
  return [...causes].map(([why, all]) => {
    const touched = all.map(({ touches }) => touches);
    return `${why} It may touch ${touched.includes("*") ? "anything" : some(touched.map((one) => one.replace(/^\* of /, "anything of ").replace(" of *", "")))}.`;
  });
}

function at(where: Parameters<typeof placeOf>[0]): string {
  const place = placeOf(where);
  return place === "" ? "" : ` — ${place}`;
}

function section(title: string, lines: readonly string[], otherwise: string): string[] {
  return ["", `## ${title}`, "", ...(lines.length === 0 ? [otherwise] : bullets(lines))];
}

function bullets(lines: readonly string[]): string[] {
  const more = lines.length - linesShownMax;
  return [
    ...lines.slice(0, linesShownMax).map((line) => `- ${escaped(line)}`),
    ...(more > 0 ? [`- and ${grouped(more)} more (-o json has all)`] : []),
  ];
}

/** Names of a release must not become Markdown or HTML of ours. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*<>[\]|]/g, (mark) => `\\${mark}`);
}

function some(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
