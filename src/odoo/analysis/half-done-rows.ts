import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { shown, type RowMaker } from "./evidence.ts";

/** Both marks of an update that didn't come to its end: before a change they are somebody's accident, after it ours. */
export function halfDoneRows(
  row: RowMaker,
  seen: { readonly pending: readonly { readonly name: string; readonly state: string }[]; readonly partiallyUpdated: boolean },
): EvidenceRow[] {
  const pending = seen.pending.map((module) => `${module.name}: ${module.state}`);
  return [
    row(
      "no-pending-modules",
      "No module waits to be updated, installed or removed",
      pending.length === 0 ? "passed" : "failed",
      "none",
      pending.length === 0 ? "none" : shown(pending),
    ),
    row(
      "not-partially-updated",
      "Odoo has no note that an update is only half done (base.partially_updated_database)",
      seen.partiallyUpdated ? "failed" : "passed",
      "not set",
      seen.partiallyUpdated ? "set" : "not set",
    ),
  ];
}
