import type { DatabaseDifference } from "../../domain/impact/impact.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { differenceLines, linesMissingFrom, lineText } from "./difference-lines.ts";
import { rowMaker, shown } from "./evidence.ts";

/** What an update did otherwise than when it was rehearsed. */
export interface Deviation {
  /** `columnsAdded: res_partner.pl_rating`: done now, and not then. */
  readonly more: readonly string[];
  readonly less: readonly string[];
}

/** Known noise is in neither: a difference is made without it. */
function deviationOf(rehearsed: DatabaseDifference, seen: DatabaseDifference): Deviation {
  const then = differenceLines(rehearsed);
  const now = differenceLines(seen);
  return { more: linesMissingFrom(then, now).map(lineText), less: linesMissingFrom(now, then).map(lineText) };
}

/** The row of the gate database-truth that holds an update to what was rehearsed. */
export function asRehearsedRow(rehearsed: DatabaseDifference, seen: DatabaseDifference, deployment: string, at: string): EvidenceRow {
  const { more, less } = deviationOf(rehearsed, seen);
  const same = more.length === 0 && less.length === 0;
  return rowMaker("database catalogue", at)(
    "differences-as-rehearsed",
    "The update changed schema and records exactly as it did when it was rehearsed",
    same ? "passed" : "failed",
    { as: deployment, differences: differenceLines(rehearsed).length },
    same ? { differences: differenceLines(seen).length } : { more: shown(more), less: shown(less) },
  );
}
