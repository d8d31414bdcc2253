import type { DatabaseDifference, ImpactClass } from "./impact.ts";

/** Something that an update may do and that can't be told from sources and catalogue. */
export interface Uncertainty {
  /** What it may touch: `tables`, `columns`, `records` … of `model` or `table`; `*` for anything. */
  readonly touches: string;
  readonly why: string;
}

/** What happens to one record with an xmlid when its module is updated. */
export interface RecordPrediction {
  /** `module.name` */
  readonly xmlid: string;
  readonly model: string;
  /**
   * `kept`: the file has another value, but noupdate keeps the old one. `overwritten`: a person's edit is lost.
   * `forgotten`: only the xmlid goes.
   */
  readonly becomes: "created" | "changed" | "overwritten" | "kept" | "deleted" | "forgotten";
  /** Fields whose value in the files differs between the releases, sorted. */
  readonly fields: readonly string[];
  readonly file: string | null;
  readonly line: number | null;
}

/** A SELECT that must return no row, or the update fails or leaves something half done. */
export interface PreCheck {
  /** Stable: `unique:project_task:project_task_code_uniq`. */
  readonly id: string;
  readonly kind: "duplicates" | "nulls" | "uncastable" | "orphans" | "check";
  /** A sentence in the words of the business as far as possible. */
  readonly what: string;
  /** Reads only; at most 20 rows; one column `example` of type text and one `total` of type bigint. */
  readonly sql: string;
  /** What Odoo would do: `warns` and leaves the constraint out, or `fails`. */
  readonly otherwise: "warns" | "fails";
}

/** What an update does to a database, from sources and the catalogue before it. */
export interface Prediction {
  readonly plannedClass: ImpactClass;
  /** Same words as what is seen afterwards, so that both can be compared line by line. */
  readonly difference: DatabaseDifference;
  readonly records: readonly RecordPrediction[];
  readonly uncertain: readonly Uncertainty[];
  readonly preChecks: readonly PreCheck[];
}
