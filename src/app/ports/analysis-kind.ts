import type { FileDigests, PythonTexts, TreeProblem } from "./source-trees.ts";
import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { TenantContent } from "../../domain/fleet/tenant-content.ts";
import type { RuleConcern } from "../../domain/impact/analysis.ts";
import type { Finding, Severity } from "../../domain/impact/finding.ts";
import type { Prediction } from "../../domain/impact/prediction.ts";
import type { ModuleSource } from "../../domain/release/module-source.ts";
import type { Registry } from "../../domain/release/registry.ts";

/** A rule that an analysis checks, with what its page says. */
export interface AnalysisRule {
  /** In kebab case, unique over all analyses: `dependency-missing`. */
  readonly id: string;
  readonly severity: Severity;
  /** A short sentence without a full stop. */
  readonly title: string;
  /** Why it matters: what Odoo does. */
  readonly why: string;
  /** A few lines of code that break it. */
  readonly example: string;
  readonly remedy: string;
  /** Odoo's update of the module surely fails of it, whatever else is so; absent: it may pass. */
  readonly stops?: true;
  readonly concerns?: RuleConcern;
}

/** A release with its base, as one Odoo would load it. */
export interface AnalysedSide {
  /** Every module that has code, by name; the one that wins where several have the name. */
  readonly universe: ReadonlyMap<string, ModuleSource>;
  /** Of those, the ones that come from the release and not from the base. */
  readonly own: ReadonlySet<string>;
  /** Modules in question, in load order: what the tenant has installed; without a tenant the release's own with all they depend on. */
  readonly order: readonly string[];
  /** Modules of the release under names that come earlier elsewhere: never loaded. */
  readonly shadowed: readonly string[];
  /** `19.0` */
  readonly series: string;
  readonly registry: Registry;
  /** By module, over paths and bytes of its files; absent: not known, so what was read of it is compared. */
  readonly digests?: ReadonlyMap<string, string>;
  /** By module: digests of all of its files; absent, or without a module: not known, so each may differ. */
  readonly files?: ReadonlyMap<string, FileDigests>;
  /** By module: its Python as it is written; absent, or without a module: not read. */
  readonly python?: ReadonlyMap<string, PythonTexts>;
  /** What lies beside the release's modules and can't be read; absent: nothing. */
  readonly problems?: readonly TreeProblem[];
}

/** What only a tenant's database can tell. */
export interface AnalysedTenant {
  readonly facts: TenantFacts;
  readonly catalogue: CatalogueSnapshot;
  readonly content: TenantContent;
}

export interface AnalysisGround {
  /** null: one tree is looked at by itself. */
  readonly before: AnalysedSide | null;
  readonly after: AnalysedSide;
  readonly tenant: AnalysedTenant | null;
  /** null without `before`. Without a tenant it is that of a database that has just the old modules. */
  readonly prediction: Prediction | null;
}

/** One way of looking at a release. Pure; the same ground gives the same findings, in any order. */
export interface AnalysisKind {
  readonly id: string;
  /** A line for `--help` and the reference. */
  readonly summary: string;
  readonly rules: readonly AnalysisRule[];
  find(ground: AnalysisGround): Iterable<Finding>;
}
