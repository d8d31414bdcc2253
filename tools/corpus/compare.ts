import type { CatalogueSnapshot } from "../../src/domain/fleet/catalogue-snapshot.ts";
import { type DatabaseDifference, type ImpactClass, impactClasses } from "../../src/domain/impact/impact.ts";
import type { Prediction } from "../../src/domain/impact/prediction.ts";
import { reflectionModels } from "../../src/odoo/analysis/known-noise.ts";
import { compareSnapshots, observedClass } from "../../src/odoo/analysis/snapshot-difference.ts";
import type { ChangedRecord } from "./record-content.ts";
import { editMark } from "./tenant-edits.ts";
import { isToldElsewhere } from "./told-elsewhere.ts";

/** What an update turned out to do. */
export interface Actual {
  readonly before: CatalogueSnapshot;
  readonly after: CatalogueSnapshot;
  readonly changed: Readonly<Record<string, ChangedRecord>>;
  readonly forgotten: readonly string[];
  /** xmlids that a person had edited before. */
  readonly edited: readonly string[];
}

/** What was said of it before. */
export interface Predicted {
  readonly plannedClass: ImpactClass;
  readonly prediction: Pick<Prediction, "difference" | "records">;
  /** Modules that have to be named in `-u`. */
  readonly minimal: readonly string[];
}

export type ClassRating = "right" | "too mild" | "too strict";

/** Items that were predicted, that happened, and those that are in only one of the two. */
export interface Score {
  readonly predicted: number;
  readonly actual: number;
  readonly hits: number;
  readonly missed: readonly string[];
  readonly invented: readonly string[];
}

export interface Comparison {
  readonly predictedClass: ImpactClass;
  /** K1: the update changed nothing, so that none was needed. */
  readonly actualClass: ImpactClass;
  readonly rating: ClassRating;
  readonly schema: Score;
  readonly records: Score;
  /** Records that changed and aren't in the score, because something else that was predicted says it. */
  readonly toldElsewhere: number;
  /** Of what is missed: what a database loses. */
  readonly missedDrops: readonly string[];
  /** Nothing came, went or changed but for edits that any update takes back. */
  readonly changedNothing: boolean;
  /** Would the database be the same if only the predicted modules had been updated? */
  readonly sufficient: boolean;
}

const schemaLists = [
  "tablesAdded",
  "tablesRemoved",
  "columnsAdded",
  "columnsRemoved",
  "columnsRetyped",
  "columnsRequired",
  "columnsRelaxed",
  "constraintsAdded",
  "constraintsRemoved",
  "indexesAdded",
  "indexesRemoved",
  "fieldsRemoved",
  "selectionsRemoved",
  "modulesAdded",
  "modulesRemoved",
  "otherChanges",
] as const satisfies readonly (keyof DatabaseDifference)[];

const drops: ReadonlySet<string> = new Set(["tablesRemoved", "columnsRemoved", "fieldsRemoved", "selectionsRemoved", "modulesRemoved"]);

/** @param updated what the real update named in `-u`: every module that differs */
export function compare(predicted: Predicted, actual: Actual, updated: readonly string[]): Comparison {
  const difference = compareSnapshots(actual.before, actual.after);
  const happened = recordsThatChanged(actual);
  const changedNothing = [...schemaLists, "rowsLost" as const].every((list) => difference[list].length === 0) && quiet(happened, actual);
  const observed = observedClass(difference);
  const actualClass = observed === "K2" && changedNothing ? "K1" : observed;
  const schema = score(schemaItems(predicted.prediction.difference), schemaItems(difference));
  const told = predictedRecords(predicted.prediction.records);
  const ground = { before: actual.before, after: actual.after, predicted: new Set(told.keys()) };
  const elsewhere = new Set(
    Object.entries(actual.changed).flatMap(([xmlid, record]) => (!told.has(xmlid) && isToldElsewhere(record, ground) ? [xmlid] : [])),
  );
  const records = score(
    [...told].map(([xmlid, becomes]) => `${becomes} ${xmlid}`),
    [...happened].filter((one) => !elsewhere.has(one[0])).map(([xmlid, became]) => `${became} ${xmlid}`),
  );
  return {
    predictedClass: predicted.plannedClass,
    actualClass,
    rating: rate(predicted.plannedClass, actualClass),
    schema,
    records,
    toldElsewhere: elsewhere.size,
    missedDrops: [
      ...schema.missed.filter((item) => drops.has(item.slice(0, item.indexOf(" ")))),
      ...records.missed.filter((item) => item.startsWith("deleted ")),
    ],
    changedNothing,
    sufficient: changedNothing || updated.every((module) => predicted.minimal.includes(module)),
  };
}

function rate(predicted: ImpactClass, actual: ImpactClass): ClassRating {
  // Nothing installed changed, and nothing was changed by an update: both are true of it.
  const [said, was] = [predicted === "K0" ? "K1" : predicted, actual].map((one) => impactClasses.indexOf(one));
  return said === was ? "right" : (said ?? 0) < (was ?? 0) ? "too mild" : "too strict";
}

const schemaItems = (difference: DatabaseDifference): string[] =>
  schemaLists.flatMap((list) => difference[list].map((item) => `${list} ${item}`));

type Became = "created" | "changed" | "deleted" | "forgotten";

/** An xmlid that comes or goes counts although what it names is there under another one too. */
function recordsThatChanged({ before, after, changed, forgotten }: Actual): Map<string, Became> {
  const onlyIn = (one: CatalogueSnapshot, other: CatalogueSnapshot): string[] =>
    Object.entries(one.records).flatMap(([xmlid, { model }]) => (xmlid in other.records || reflectionModels.has(model) ? [] : [xmlid]));
  const lives = new Set(forgotten);
  return new Map<string, Became>([
    ...Object.keys(changed).map((xmlid) => [xmlid, "changed"] as const),
    ...onlyIn(after, before).map((xmlid) => [xmlid, "created"] as const),
    ...onlyIn(before, after).map((xmlid) => [xmlid, lives.has(xmlid) ? "forgotten" : "deleted"] as const),
  ]);
}

/** Nothing but what a person had edited came back to what the files say: that is what any update does, not this release. */
function quiet(happened: ReadonlyMap<string, Became>, { edited, changed }: Actual): boolean {
  const theirs = new Set(edited);
  return [...happened].every(([xmlid, became]) => became === "changed" && theirs.has(xmlid) && onlyEdits(changed[xmlid]));
}

/** The release may change other fields of a record that a person edited, or the edited one too. */
function onlyEdits(record: ChangedRecord | undefined): boolean {
  return Object.values(record?.fields ?? {}).every(([old, now]) => old !== null && old.replaceAll(editMark, "") === now);
}

function predictedRecords(records: Prediction["records"]): Map<string, Became> {
  return new Map(
    records.flatMap(({ xmlid, model, becomes }): [string, Became][] => {
      if (becomes === "kept" || reflectionModels.has(model)) return [];
      return [[xmlid, becomes === "overwritten" ? "changed" : becomes]];
    }),
  );
}

function score(predicted: readonly string[], actual: readonly string[]): Score {
  const [said, was] = [new Set(predicted), new Set(actual)];
  const missed = [...was].filter((item) => !said.has(item)).sort();
  const invented = [...said].filter((item) => !was.has(item)).sort();
  return { predicted: said.size, actual: was.size, hits: was.size - missed.length, missed, invented };
}
