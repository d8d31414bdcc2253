import type { DatabaseDifference } from "../../domain/impact/impact.ts";

type Kind = keyof DatabaseDifference;

export interface DifferenceLine {
  readonly kind: Kind;
  /** As the difference has it. */
  readonly what: string;
}

/** A difference line by line, in a fixed order, so that two of them can be compared. */
export function differenceLines(difference: DatabaseDifference): DifferenceLine[] {
  const lists = Object.entries(difference) as unknown as readonly (readonly [Kind, readonly string[]])[];
  return lists.flatMap(([kind, list]) => list.map((what) => ({ kind, what }))).toSorted((a, b) => (lineText(a) < lineText(b) ? -1 : 1));
}

/** `columnsAdded: res_partner.pl_rating`. How many rows a table lost depends on what users do meanwhile; that it lost any doesn't. */
export function lineText({ kind, what }: DifferenceLine): string {
  return `${kind}: ${kind === "rowsLost" ? what.slice(0, what.indexOf(": ")) : what}`;
}

/** Lines that only the second has. */
export function linesMissingFrom(known: readonly DifferenceLine[], lines: readonly DifferenceLine[]): DifferenceLine[] {
  const there = new Set(known.map(lineText));
  return lines.filter((line) => !there.has(lineText(line)));
}
