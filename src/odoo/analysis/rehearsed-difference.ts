import type { DatabaseDifference } from "../../domain/impact/impact.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { rowMaker, shown } from "./evidence.ts";

/** What an update did otherwise than when it was rehearsed. */
export interface Deviation {
  /** `columnsAdded: res_partner.pl_rating`: done now, and not then. */
  readonly more: readonly string[];
  readonly less: readonly string[];
}

/** Known noise is in neither: a difference is made without it. */
function deviationOf(rehearsed: DatabaseDifference, seen: DatabaseDifference): Deviation {
  const then = linesOf(rehearsed);
  const now = linesOf(seen);
  return { more: missingFrom(then, now), less: missingFrom(now, then) };
}

/** The row of the gate database-truth that holds an update to what was rehearsed. */
export function asRehearsedRow(rehearsed: DatabaseDifference, seen: DatabaseDifference, deployment: string, at: string): EvidenceRow {
  const { more, less } = deviationOf(rehearsed, seen);
  const same = more.length === 0 && less.length === 0;
  return rowMaker("database catalogue", at)(
    "differences-as-rehearsed",
    "The update changed schema and records exactly as it did when it was rehearsed",
    same ? "passed" : "failed",
    { as: deployment, differences: linesOf(rehearsed).length },
    same ? { differences: linesOf(seen).length } : { more: shown(more), less: shown(less) },
  );
}

/** How many rows a table lost depends on what users do meanwhile; that it lost any doesn't. */
function linesOf(difference: DatabaseDifference): string[] {
  const lists = Object.entries(difference as unknown as Readonly<Record<string, readonly string[]>>);
  return lists.flatMap(([kind, list]) => list.map((line) => `${kind}: ${kind === "rowsLost" ? line.split(": ", 1)[0] : line}`)).sort();
}

function missingFrom(known: readonly string[], list: readonly string[]): string[] {
  const there = new Set(known);
  return list.filter((line) => !there.has(line));
}
