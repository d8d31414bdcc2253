import type { Json } from "../../domain/shared/canonical-json.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";

export type RowMaker = (id: string, title: string, outcome: VerdictKind, expected: Json, seen: Json) => EvidenceRow;

export function rowMaker(source: string, at: string): RowMaker {
  return (id, title, outcome, expected, seen) => ({ id, title, outcome, expected, seen, source, at });
}

const shownMax = 40;

/** A list as evidence: the first of it, and how many more there are. */
export function shown(list: readonly string[]): readonly string[] {
  return list.length <= shownMax ? list : [...list.slice(0, shownMax), `… and ${list.length - shownMax} more`];
}
