import type { Score } from "./compare.ts";
import { shownPair, type JudgedPair, type UpdateRule } from "./judge.ts";
import type { Pair } from "./sample.ts";

/** What a run of the corpus found out. */
export interface CorpusReport {
  readonly at: string;
  readonly odoo: string;
  readonly judged: readonly JudgedPair[];
  /** Pairs that can't be compared, with the reason. */
  readonly skipped: readonly { readonly pair: Pair; readonly why: string }[];
}

export interface CorpusSummary {
  readonly pairs: number;
  readonly right: number;
  readonly tooMild: number;
  readonly tooStrict: number;
  /** Of these: updates that were wanted and changed nothing. */
  readonly forNothing: number;
  readonly schema: Quality;
  readonly records: Quality;
  readonly toldElsewhere: number;
  readonly missedDrops: number;
  readonly rules: Readonly<Record<keyof JudgedPair["rules"], { readonly modules: number; readonly insufficient: number }>>;
}

export interface Quality {
  readonly items: number;
  /** Of what was predicted, how much happened. */
  readonly precision: number;
  /** Of what happened, how much was predicted. */
  readonly recall: number;
  /** Pairs without a miss. */
  readonly exactPairs: number;
}

export function summarise(judged: readonly JudgedPair[]): CorpusSummary {
  const rated = (rating: string): number => judged.filter(({ comparison }) => comparison.rating === rating).length;
  const rule = (name: keyof JudgedPair["rules"]): { modules: number; insufficient: number } => {
    const all: UpdateRule[] = judged.map(({ rules }) => rules[name]);
    return { modules: sum(all.map(({ size }) => size)), insufficient: all.filter(({ sufficient }) => !sufficient).length };
  };
  return {
    pairs: judged.length,
    right: rated("right"),
    tooMild: rated("too mild"),
    tooStrict: rated("too strict"),
    forNothing: judged.filter(({ comparison }) => comparison.predictedClass === "K2" && comparison.actualClass === "K1").length,
    schema: qualityOf(judged.map(({ comparison }) => comparison.schema)),
    records: qualityOf(judged.map(({ comparison }) => comparison.records)),
    toldElsewhere: sum(judged.map(({ comparison }) => comparison.toldElsewhere)),
    missedDrops: sum(judged.map(({ comparison }) => comparison.missedDrops.length)),
    rules: { plimsoll: rule("plimsoll"), versionBump: rule("versionBump"), fileHash: rule("fileHash") },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

function qualityOf(scores: readonly Score[]): Quality {
  const hits = sum(scores.map((score) => score.hits));
  const share = (of: number): number => (of === 0 ? 1 : hits / of);
  const actual = sum(scores.map((score) => score.actual));
  return {
    items: actual,
    precision: share(sum(scores.map((score) => score.predicted))),
    recall: share(actual),
    exactPairs: scores.filter(({ missed, invented }) => missed.length === 0 && invented.length === 0).length,
  };
}

/** A class that was too mild or a drop that nobody was told of: what must never be. */
export const isIntolerable = (summary: CorpusSummary): boolean =>
  summary.tooMild > 0 || summary.missedDrops > 0 || summary.rules.plimsoll.insufficient > 0;

/** As it stands in the document, and on the screen. */
export function reportText({ at, odoo, judged, skipped }: CorpusReport): string {
  const summary = summarise(judged);
  const { pairs, schema, records, rules } = summary;
  const of = (count: number): string => `${count} of ${pairs} (${percent(pairs === 0 ? 1 : count / pairs)})`;
  const quality = (name: string, { items, precision, recall, exactPairs }: Quality, aim: string): string =>
    `| ${name} | precision ${percent(precision)}, recall ${percent(recall)} of ${items}; exact on ${of(exactPairs)} | ${aim} |`;
  const rule = (name: string, { modules, insufficient }: CorpusSummary["rules"]["plimsoll"], aim: string): string =>
    `| ${name} | ${modules} modules in ${pairs} updates, insufficient in ${insufficient} | ${aim} |`;
  return [
    "| | result | aim |",
    "|---|---|---|",
    `| class exactly right | ${of(summary.right)} | ≥ 95 % |`,
    `| class too mild | ${summary.tooMild} | 0 |`,
    `| class too strict | ${summary.tooStrict}, of them ${summary.forNothing} times K2 where the update changed nothing of this tenant | |`,
    quality("schema: tables, columns, types, constraints, indexes, fields", schema, "exact on ≥ 98 %"),
    `| drops and deletions missed | ${summary.missedDrops} | 0 |`,
    quality("records: created, changed, deleted", records, "exact on ≥ 95 %"),
    `| records told elsewhere: other end of a link, column that came or went | ${summary.toldElsewhere} | |`,
    rule("update set: Plimsoll's minimal one", rules.plimsoll, "never insufficient"),
    rule("update set: modules with another version", rules.versionBump, ""),
    rule("update set: modules with another hash (click-odoo-update)", rules.fileHash, ""),
    "",
    ...kindTable(judged),
    ...missList(judged),
    ...skippedList(skipped),
    `${at.slice(0, 10)}, ${pairs} pairs, Odoo ${odoo}.`,
  ].join("\n");
}

function kindTable(judged: readonly JudgedPair[]): string[] {
  const kinds = [...new Set(judged.flatMap((one) => one.kinds))].sort();
  if (kinds.length === 0) return [];
  const row = (kind: (typeof kinds)[number]): string => {
    const { pairs, right, schema, records } = summarise(judged.filter((one) => one.kinds.includes(kind)));
    return `| ${kind} | ${pairs} | ${right} | ${schema.exactPairs} | ${records.exactPairs} |`;
  };
  return ["| what a pair changes | pairs | class right | schema exact | records exact |", "|---|---|---|---|---|", ...kinds.map(row), ""];
}

const missesShown = 12;

function missList(judged: readonly JudgedPair[]): string[] {
  const wrong = judged.filter(({ misses }) => misses.length > 0);
  if (wrong.length === 0) return [];
  const lines = wrong.flatMap((one) => [
    `- ${shownPair(one.pair)}${one.floor ? " (said to be a floor)" : ""}`,
    ...one.misses.slice(0, missesShown).map((miss) => `  - ${miss}`),
    ...(one.misses.length > missesShown ? [`  - and ${one.misses.length - missesShown} more`] : []),
  ]);
  return ["Misses, with the place in the release that speaks of it:", "", ...lines, ""];
}

function skippedList(skipped: CorpusReport["skipped"]): string[] {
  if (skipped.length === 0) return [];
  const byReason = Map.groupBy(skipped, ({ pair, why }) => `${pair.addon}: ${why}`);
  const lines = [...byReason].map(([reason, pairs]) => `- ${reason}${pairs.length > 1 ? ` (${pairs.length} pairs)` : ""}`);
  return [`Not compared, ${skipped.length} pairs:`, "", ...lines, ""];
}

const percent = (share: number): string => `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`;

/** The document with what lies between its marks exchanged; what people wrote around it stays. */
export function withReport(document: string, text: string): string {
  const [begin, end] = ["<!-- corpus -->", "<!-- /corpus -->"];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document has no ${begin} … ${end}`);
  return `${document.slice(0, from)}${begin}\n${text}\n${document.slice(to)}`;
}
