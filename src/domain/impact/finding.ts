import type { ImpactClass } from "./impact.ts";

/** `error`: Odoo would fail, or pass and leave something broken. `warning`: somebody should look before it runs. `note`: worth knowing. */
export const severities = ["error", "warning", "note"] as const;
export type Severity = (typeof severities)[number];

/** What an analysis found, at a place and with what it means. */
export interface Finding {
  /** Id of the rule, in kebab case: `dependency-missing`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly module: string;
  /** POSIX, relative to the module; null: the module as a whole. */
  readonly file: string | null;
  readonly line: number | null;
  /** A sentence: what is so. */
  readonly what: string;
  /** A sentence: what it means for this tenant; null: no tenant was given, or it is the same for all. */
  readonly meaning: string | null;
  /** What it rests on, one fact each: old and new value, names, row counts. */
  readonly evidence: readonly string[];
  /** The class is at least this; absent: it says nothing about the class. */
  readonly atLeast?: ImpactClass;
  /** It rests on something that can't be known without running the code. */
  readonly unsure?: boolean;
}
