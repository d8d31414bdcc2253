import type { ReleaseAnalysis } from "../../src/domain/impact/analysis.ts";
import { type Comparison, compare } from "./compare.ts";
import { kindsOf } from "./kinds.ts";
import { hashDiffers, placeOf, readModuleFiles, versionDiffers, type ModuleFiles } from "./module-files.ts";
import type { OracleRecord } from "./oracle-record.ts";
import type { ChangedRecord } from "./record-content.ts";
import { moduleOf, type ChangeKind, type Pair } from "./sample.ts";

/** A way of saying which modules have to be updated. */
export interface UpdateRule {
  /** How many modules it names. */
  readonly size: number;
  /** Would the database be the same as after an update of everything that differs? */
  readonly sufficient: boolean;
}

/** A pair of which prediction and reality were compared. */
export interface JudgedPair {
  readonly pair: Pair;
  readonly kinds: readonly ChangeKind[];
  readonly comparison: Comparison;
  /** The prediction itself says that something can't be told. */
  readonly floor: boolean;
  readonly rules: { readonly plimsoll: UpdateRule; readonly versionBump: UpdateRule; readonly fileHash: UpdateRule };
  /** A line for every miss: what, and where the release speaks of it. */
  readonly misses: readonly string[];
}

/** @returns null where the update itself failed, so that there is nothing to compare with */
export function judge(record: OracleRecord, analysis: ReleaseAnalysis): JudgedPair | null {
  const { pair, outcome, updated } = record;
  if (outcome.kind !== "updated") return null;
  if (analysis.plannedClass === null || analysis.prediction === null || analysis.updates === null)
    throw new Error("an analysis of two releases has a class, a prediction and a choice of updates");
  const { before, after, changed, forgotten } = outcome;
  const actual = { before, after, changed, forgotten, edited: outcome.content.editedRecords };
  const { plannedClass, prediction, updates } = analysis;
  const comparison = compare({ plannedClass, prediction, minimal: updates.minimal }, actual, updated);
  const files = {
    before: readModuleFiles({ addon: pair.addon, version: pair.from }),
    after: readModuleFiles({ addon: pair.addon, version: pair.to }),
  };
  const rule = (names: boolean): UpdateRule => ({ size: names ? 1 : 0, sufficient: names || comparison.changedNothing });
  return {
    pair,
    kinds: [...kindsOf(pair, files, actual)],
    comparison,
    floor: analysis.floor,
    rules: {
      plimsoll: { size: updates.minimal.length, sufficient: comparison.sufficient },
      versionBump: rule(versionDiffers(pair.from, pair.to)),
      fileHash: rule(hashDiffers(files.before, files.after)),
    },
    misses: missesOf(comparison, analysis, changed, files),
  };
}

function missesOf(
  comparison: Comparison,
  analysis: ReleaseAnalysis,
  changed: Readonly<Record<string, ChangedRecord>>,
  files: { readonly before: ModuleFiles; readonly after: ModuleFiles },
): string[] {
  const cause = (item: string): string => {
    // `columnsAdded table.column: …`, `created module.name`: the last name is what stands in the files.
    const word = /^\S+ (?:[\w.]*\.)?(\w+)/.exec(item)?.[1] ?? "";
    const place = placeOf(word, files.after) ?? placeOf(word, files.before);
    const fields = Object.keys(changed[item.slice("changed ".length)]?.fields ?? {});
    return [...(fields.length === 0 ? [] : [fields.join(", ")]), place ?? "nowhere in the release by that name"].join("; ");
  };
  const { rating, schema, records, sufficient, predictedClass, actualClass } = comparison;
  return [
    ...(rating === "right" ? [] : [`class ${rating}: predicted ${predictedClass}, was ${actualClass}: ${analysis.reasons.join(" ")}`]),
    ...(sufficient ? [] : ["update set insufficient"]),
    ...[...schema.missed, ...records.missed].map((item) => `missed: ${item} (${cause(item)})`),
    ...[...schema.invented, ...records.invented].map((item) => `invented: ${item} (${cause(item)})`),
  ];
}

/** Names a pair in messages, with the module that it is about. */
export const shownPair = (pair: Pair): string => `${moduleOf(pair)} ${pair.from} → ${pair.to}`;
