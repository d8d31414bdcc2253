import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { DatabaseDifference, ImpactClass } from "../../../domain/impact/impact.ts";
import type { SchemaChange } from "../schema/schema-change.ts";
import { costOf, heavyRows } from "../schema/update-cost.ts";
import { observedClass } from "../snapshot-difference.ts";
import type { Risk } from "./code-that-runs.ts";

export interface PlannedClass {
  readonly plannedClass: ImpactClass;
  readonly reasons: readonly string[];
}

/** The class that the predicted difference has, raised by what costs much and by what can't be told. */
export function planClass(
  difference: DatabaseDifference,
  changes: readonly SchemaChange[],
  risks: readonly Pick<Risk, "atLeast" | "why">[],
  catalogue: CatalogueSnapshot,
): PlannedClass {
  const seen = observedClass(difference);
  const raising: { readonly atLeast: ImpactClass; readonly why: string }[] = [
    { atLeast: seen, why: seenReason(seen, difference) },
    ...changes.flatMap((change) => {
      const why = heavyReason(change, catalogue);
      return why === null ? [] : [{ atLeast: "K4" as const, why }];
    }),
    ...risks,
  ];
  const plannedClass =
    raising
      .map(({ atLeast }) => atLeast)
      .sort()
      .at(-1) ?? seen;
  return { plannedClass, reasons: [...new Set(raising.filter(({ atLeast }) => atLeast === plannedClass).map(({ why }) => why))] };
}

function heavyReason(change: SchemaChange, catalogue: CatalogueSnapshot): string | null {
  if (change.kind === "column-added" && change.required === "refused")
    return `${change.table}.${change.column} is required and has no default, so Odoo leaves NOT NULL out as long as there are rows.`;
  const { rows, seconds } = costOf(change, catalogue);
  if (seconds === 0 || rows < heavyRows) return null;
  const what = "column" in change ? `${change.table}.${change.column}` : change.table;
  return `${what}: ${rows} rows are filled, rewritten or checked, about ${Math.max(1, Math.round(seconds))} s.`;
}

const lists: readonly (readonly [keyof DatabaseDifference, string])[] = [
  ["tablesRemoved", "tables go"],
  ["columnsRemoved", "columns go with their data"],
  ["modulesRemoved", "modules go"],
  ["recordsRemoved", "records go"],
  ["fieldsRemoved", "fields go"],
  ["selectionsRemoved", "values of selections go"],
  ["rowsLost", "tables lose rows"],
  ["columnsRequired", "columns become required"],
  ["columnsRetyped", "columns get another type"],
  ["constraintsAdded", "constraints are added"],
  ["tablesAdded", "tables are added"],
  ["columnsAdded", "columns are added"],
  ["indexesAdded", "indexes are added"],
  ["modulesAdded", "modules are installed"],
];

function seenReason(seen: ImpactClass, difference: DatabaseDifference): string {
  if (seen === "K2") return "The update loads views, data and texts; the schema stays as it is.";
  const parts = lists.flatMap(([list, what]) => {
    const entries = difference[list];
    return entries.length === 0
      ? []
      : [`${what}: ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ` and ${entries.length - 3} more` : ""}`];
  });
  return parts.length === 0
    ? "Constraints, indexes or other relations change."
    : `${parts.join("; ")}.`.replace(/^./, (first) => first.toUpperCase());
}
