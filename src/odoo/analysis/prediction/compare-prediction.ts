import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import type { Prediction, Uncertainty } from "../../../domain/impact/prediction.ts";
import { differenceLines, linesMissingFrom, lineText, type DifferenceLine } from "../difference-lines.ts";

/** What an update did otherwise than predicted, as lines: `columnsAdded: res_partner.pl_rating`. */
export interface PredictionDeviation {
  /** Done, and neither predicted nor said to be uncertain. */
  readonly unpredicted: readonly string[];
  /** Predicted, and not done. */
  readonly missing: readonly string[];
  /** Either of the two, where the prediction itself says that it can't tell. */
  readonly uncertain: readonly string[];
  /** Lines that are as predicted. */
  readonly same: number;
}

/**
 * Known noise is in neither: both differences are made without it. How many rows tables lose isn't compared: what hangs on
 * deleted records goes with them, and rows have an expectation of their own.
 */
export function comparePrediction({ difference, uncertain }: ToCompare, seen: DatabaseDifference): PredictionDeviation {
  const [predicted, actual] = [comparedLines(difference), comparedLines(seen)];
  const more = linesMissingFrom(predicted, actual);
  const less = linesMissingFrom(actual, predicted);
  const isSure = (line: DifferenceLine): boolean => !uncertain.some((one) => covers(one, line));
  return {
    unpredicted: more.filter(isSure).map(lineText),
    missing: less.filter(isSure).map(lineText),
    uncertain: [...more, ...less].filter((line) => !isSure(line)).map(lineText),
    same: actual.length - more.length,
  };
}

export type ToCompare = Pick<Prediction, "difference" | "uncertain">;

/** What is compared, as text: what two predictions must have in common to expect the same. */
export function comparedText(difference: DatabaseDifference): string[] {
  return comparedLines(difference).map(lineText);
}

function comparedLines(difference: DatabaseDifference): DifferenceLine[] {
  return differenceLines(difference).filter(({ kind }) => kind !== "rowsLost");
}

/** Whoever may make or drop a table may do the same to all that belongs to it. */
const belongs: Readonly<Record<string, readonly string[]>> = {
  tables: ["tables", "columns", "constraints", "indexes", "fields", "sequences", "functions"],
  columns: ["columns", "constraints", "indexes", "fields"],
  // An index stands for its constraint, and the other way round.
  constraints: ["constraints", "indexes"],
  indexes: ["indexes", "constraints", "sequences", "functions"],
  // Odoo keeps fields, values, modules and views as records.
  records: ["records", "fields", "selections", "modules"],
  views: ["views"],
};

/** Could this be what a prediction says that it can't tell? `touches`: `columns of project_task`, `records`, `*`, `* of project_task`. */
function covers({ touches }: Uncertainty, line: DifferenceLine): boolean {
  const [kind = "*", of = "*"] = touches.split(" of ");
  const isKind = kind === "*" || (belongs[kind] ?? [kind]).some((one) => kindsOf(line).includes(one));
  if (!isKind || of === "*") return isKind;
  const names = kind === "records" ? recordNames(line) : namesIn(line);
  // Models and tables alike are named.
  return names.length === 0 || names.includes(of) || names.includes(of.replaceAll(".", "_"));
}

/** Plurals, as uncertainties have them. */
function kindsOf({ kind, what }: DifferenceLine): string[] {
  if (kind !== "otherChanges") return [kind.replace(/(Added|Removed|Retyped|Required|Relaxed)$/, "")];
  return what.startsWith("sequence") ? ["sequences"] : what.startsWith("functions") ? ["functions"] : ["views"];
}

/** The table and the model that a line is about; empty: it is about none, so an uncertainty of any may be about it. */
function namesIn({ kind, what }: DifferenceLine): string[] {
  switch (kind) {
    case "tablesAdded":
    case "tablesRemoved":
      return [what];
    case "columnsAdded":
    case "columnsRemoved":
    case "columnsRetyped":
    case "columnsRequired":
    case "columnsRelaxed":
    case "constraintsAdded":
    case "constraintsRemoved":
      return [what.slice(0, what.indexOf("."))];
    case "indexesAdded":
    case "indexesRemoved":
      return [/ ON (?:ONLY )?(?:public\.)?"?([^\s".]+)"? /.exec(what)?.[1] ?? ""];
    case "fieldsRemoved":
      return modelNames(what.slice(0, what.lastIndexOf(".")));
    case "selectionsRemoved":
      return modelNames(/^(.*)\.\w+: /.exec(what)?.[1] ?? "");
    default:
      return [];
  }
}

/** Of which model the records are that came or went. */
function recordNames({ kind, what }: DifferenceLine): string[] {
  if (kind === "fieldsRemoved") return modelNames("ir.model.fields");
  if (kind === "selectionsRemoved") return modelNames("ir.model.fields.selection");
  if (kind === "modulesAdded" || kind === "modulesRemoved") return modelNames("ir.module.module");
  return modelNames(/ \(([^()]+)\)$/.exec(what)?.[1] ?? "");
}

function modelNames(model: string): string[] {
  return [model, model.replaceAll(".", "_")];
}
