import type { Unknown } from "../release/module-source.ts";
import type { Finding, Severity } from "./finding.ts";
import type { ExpectedScript, ImpactClass, ModuleChange } from "./impact.ts";
import type { Prediction } from "./prediction.ts";

/** Which modules to name in `-u`, and what Odoo makes of it. All sorted. */
export interface UpdateChoice {
  /** Modules whose change makes an update load something. */
  readonly minimal: readonly string[];
  /** Modules with any change that could matter: right even where the reading of the sources was wrong. */
  readonly safe: readonly string[];
  /** `safe` with everything installed that depends on it. */
  readonly closure: readonly string[];
  /** What the update installs by itself. */
  readonly installs: readonly string[];
}

/** One side of an analysis, for people. */
export interface AnalysedTree {
  /** Name of a release, or the folder as it was given. */
  readonly name: string;
  readonly series: string;
  /** Modules that come from it and not from the base. */
  readonly modules: number;
}

/** Where people look for a finding: with what gets lost, with data that are touched, with what people made, with what can't be known. */
export type RuleConcern = "loss" | "data" | "edits" | "unknown";

/** What people need of a rule to understand a finding. */
export interface RuleExplained {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  /** Odoo's update surely fails of it; absent: it may pass. */
  readonly stops?: true;
  /** Absent: with what somebody should look at. */
  readonly concerns?: RuleConcern;
}

/** An unknown with the module that it was met in. */
export type ModuleUnknown = Unknown & { readonly module: string };

/** Everything that reading two releases tells. What the command line prints as JSON; its shape only grows. */
export interface ReleaseAnalysis {
  readonly formatVersion: 1;
  /** null: one tree was looked at by itself. */
  readonly old: AnalysedTree | null;
  readonly new: AnalysedTree;
  /** Modules of the base; 0: analysed without one, so what it would tell is unknown. */
  readonly baseModules: number;
  /** null: no tenant was looked at. */
  readonly environment: string | null;
  /** null without an old side. */
  readonly plannedClass: ImpactClass | null;
  /** True: something couldn't be told, so the class may be worse. */
  readonly floor: boolean;
  /** Sentences that say how the class came about. */
  readonly reasons: readonly string[];
  readonly changes: readonly ModuleChange[];
  readonly updates: UpdateChoice | null;
  readonly expectedScripts: readonly ExpectedScript[];
  readonly prediction: Prediction | null;
  /** Rows of the tables that the prediction names; empty without a tenant. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rules that the findings name, sorted by id. */
  readonly rules: readonly RuleExplained[];
  /** Worst first, then by module, file and line. */
  readonly findings: readonly Finding[];
  /** Where the modules lie that findings name, as the folder was given; absent: in a release of the store. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Of the release's own modules: what can't be known without running the code. */
  readonly unknowns: readonly ModuleUnknown[];
}
