import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { SchemaChange } from "./schema-change.ts";
import { rowsOf } from "./update-ground.ts";

/** Rows from which filling or rewriting a table is felt: half a second by the measured costs below. */
export const heavyRows = 10_000;

/** Seconds for 300,000 rows, measured with Odoo 19 and PostgreSQL 15 on two cores. */
const secondsPer300k = { filled: 15, computed: 16, rewritten: 15, scanned: 1 } as const;

/** How long the rows of one table keep the update busy. */
export function costOf(change: SchemaChange, catalogue: CatalogueSnapshot): { readonly seconds: number; readonly rows: number } {
  const rows = rowsOf(catalogue, change.table);
  const rate = rateOf(change);
  return { seconds: rate === null ? 0 : (secondsPer300k[rate] * rows) / 300_000, rows };
}

function rateOf(change: SchemaChange): keyof typeof secondsPer300k | null {
  switch (change.kind) {
    case "column-added":
      return change.fill === "computed" ? "computed" : change.fill === "default" ? "filled" : null;
    case "column-required":
      return change.fill === "default" ? "filled" : "scanned";
    case "column-retyped":
      return "rewritten";
    case "foreign-key-added":
      return change.existing ? "scanned" : null;
    case "constraint-added":
    case "index-added":
      return change.existing ? "scanned" : null;
    default:
      return null;
  }
}
