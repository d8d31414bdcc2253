import type { Finding } from "../../../domain/impact/finding.ts";
import type { SourceView } from "./source-view.ts";

/** How a view is called in sentences. */
export function viewName(view: SourceView): string {
  return view.xmlid === null ? `The tenant's own view "${view.name}" (${view.key})` : `The view ${view.xmlid}`;
}

/** Where a finding about a view points to; one that only the database has is told with the module whose view it changes. */
export function viewPlace(view: SourceView, line: number | null, module: string): Pick<Finding, "module" | "file" | "line"> {
  return { module: view.module ?? module, file: view.file, line: view.file === null ? null : line };
}
