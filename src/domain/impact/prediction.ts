import type { Digest } from "../shared/digest.ts";
import type { Finding } from "./finding.ts";
import type { AgreedRemovals, DatabaseDifference, ImpactClass } from "./impact.ts";

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

export type PreCheckAnswer =
  | { readonly kind: "none" }
  | { readonly kind: "rows"; readonly total: number; readonly examples: readonly string[] }
  /** An error or a timeout: nobody knows. */
  | { readonly kind: "unanswered"; readonly why: string };

/** What an update does to a database, from sources and the catalogue before it. */
export interface Prediction {
  readonly plannedClass: ImpactClass;
  /** Same words as what is seen afterwards, so that both can be compared line by line. */
  readonly difference: DatabaseDifference;
  readonly records: readonly RecordPrediction[];
  readonly uncertain: readonly Uncertainty[];
  readonly preChecks: readonly PreCheck[];
  /** Sentences that say how the class came about. */
  readonly reasons?: readonly string[];
  /** Time to fill and rewrite rows, by row counts; Odoo's own start, its data files and scripts come on top. */
  readonly seconds?: number;
}

/** What a plan rests on when both releases could be read: a prediction for exactly the modules that it updates. */
export interface PredictedUpdate {
  readonly made: true;
  readonly plannedClass: ImpactClass;
  /** Something couldn't be told, so the class may be worse. */
  readonly floor: boolean;
  readonly reasons: readonly string[];
  /** What people should read before they approve; what begins with `blocking: ` refuses the plan. */
  readonly hazards: readonly string[];
  readonly removals: AgreedRemovals;
  readonly uncertain: readonly Uncertainty[];
  readonly preChecks: readonly PreCheck[];
  /** Time to fill and rewrite rows, by row counts; Odoo's own start, its data files and scripts come on top. */
  readonly seconds: number;
  /** `PredictionEvidence`, in the evidence store. */
  readonly evidence: Digest;
  /** Of the lines that gate database-truth compares: it stays the same while only rows become more or fewer. */
  readonly compared: Digest;
}

/** Unknown is never fine: the class stays a floor, and the plan says why. */
export interface NothingPredicted {
  readonly made: false;
  /** A sentence. */
  readonly why: string;
  /** An update would load something all the same, so that the release isn't code only; absent: that isn't known either. */
  readonly updates?: true;
}

/** What the gate database-truth holds an update to, and what approvers may look up. */
export interface PredictionEvidence {
  readonly formatVersion: 1;
  readonly prediction: Prediction;
  readonly findings: readonly Finding[];
}
