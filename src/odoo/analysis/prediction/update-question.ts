import type { AnalysedSide, AnalysedTenant } from "../../../app/ports/analysis-kind.ts";

/** An update whose effect is to be worked out. */
export interface UpdateQuestion {
  readonly before: AnalysedSide;
  readonly after: AnalysedSide;
  /** null: a database that has just the old modules and no data of its own. */
  readonly tenant: AnalysedTenant | null;
  /** Closure of `-u`. */
  readonly updated: ReadonlySet<string>;
  /** Modules that the update installs. */
  readonly installed: readonly string[];
}
