import type { DatabaseDifference } from "../../domain/impact/impact.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { rowMaker, shown } from "./evidence.ts";
import { comparePrediction, type ToCompare } from "./prediction/compare-prediction.ts";

export interface AsPredicted {
  /** null: nothing was predicted. */
  readonly predicted: ToCompare | null;
  /** Why nothing was. */
  readonly why: string;
  readonly seen: DatabaseDifference;
  /** The rehearsal that made exactly the same difference; null: none did. */
  readonly rehearsedAlike: string | null;
  /** A rehearsal finds out what happens, so it stops at no difference from what was expected. */
  readonly rehearsing: boolean;
  readonly at: string;
}

/**
 * The row of the gate database-truth that holds an update to what was predicted. A rehearsal with the same difference stands in for a
 * prediction that was wrong: whoever approved the plan could read what it found.
 */
export function asPredictedRow({ predicted, why, seen, rehearsedAlike, rehearsing, at }: AsPredicted): EvidenceRow {
  const row = rowMaker("database catalogue", at);
  const id = "differences-as-predicted";
  const title = "The update changed schema and records as the sources of both releases tell";
  if (predicted === null) return row(id, title, "passed", "whatever the release declares", `nothing was predicted: ${why}`);
  const { unpredicted, missing, uncertain, same } = comparePrediction(predicted, seen);
  const expected = { as: "predicted" };
  const unsure = uncertain.length === 0 ? {} : { couldNotBeTold: shown(uncertain) };
  if (unpredicted.length + missing.length === 0) return row(id, title, "passed", expected, { differences: same, ...unsure });
  const deviation = { notPredicted: shown(unpredicted), notDone: shown(missing), ...unsure };
  if (rehearsing) return row(id, title, "passed", "a rehearsal finds out", deviation);
  if (rehearsedAlike !== null) return row(id, title, "passed", expected, { ...deviation, asRehearsed: rehearsedAlike });
  return row(id, title, "failed", expected, deviation);
}

/** The reason of a verdict that this row alone brings about. */
export function unpredictedReason({ seen }: EvidenceRow, change: string): string {
  const { notPredicted = [], notDone = [] } = seen as { readonly notPredicted?: readonly string[]; readonly notDone?: readonly string[] };
  const lines = [...notPredicted.map((line) => `not predicted: ${line}`), ...notDone.map((line) => `predicted, but not done: ${line}`)];
  const first = lines.slice(0, 3).join("; ");
  const more = lines.length > 3 ? ` (and ${lines.length - 3} more)` : "";
  return `The update did something else than its sources tell: ${first}${more}. If that is meant, rehearse it (plimsoll rehearse ${change}), then plan and approve it again: a change that does exactly what its rehearsal did passes.`;
}
