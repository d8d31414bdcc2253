import type { ModuleLag } from "../fleet/environment.ts";

/** What a release does to one environment, mildest first. */
export const impactClasses = ["K0", "K1", "K2", "K3", "K4", "K5"] as const;
export type ImpactClass = (typeof impactClasses)[number];

/** K0 when there are none. */
export function worstClass(classes: readonly ImpactClass[]): ImpactClass {
  return impactClasses[Math.max(0, ...classes.map((one) => impactClasses.indexOf(one)))] ?? "K5";
}

/** A change of this class runs `-u` on a clone. */
export function updatesDatabase(one: ImpactClass): boolean {
  return one !== "K0" && one !== "K1";
}

export interface ModuleChange {
  readonly module: string;
  readonly change: "changed" | "added" | "removed";
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  readonly installed: boolean;
}

/** A migration script that the update must be seen to run. */
export interface ExpectedScript {
  readonly module: string;
  /** As its directory says it. */
  readonly version: string;
  readonly stage: "pre" | "post" | "end";
  /** File name with `.py`. */
  readonly file: string;
}

export interface Impact {
  readonly plannedClass: ImpactClass;
  /** True: the class is a floor, the observed one may be worse ("K2+"). */
  readonly floor: boolean;
  readonly changes: readonly ModuleChange[];
  /** Installed modules to name in `-u`, sorted. */
  readonly updateSet: readonly string[];
  /** Everything that Odoo will update: the update set with all installed dependents, sorted. */
  readonly closure: readonly string[];
  /** New modules that the update installs because an updated one depends on them, sorted. */
  readonly installs: readonly string[];
  /** Installed modules that the new release no longer has, sorted. */
  readonly removedModules: readonly string[];
  readonly expectedScripts: readonly ExpectedScript[];
  /** Sentences that say how the class came about. */
  readonly reasons: readonly string[];
  readonly hazards: readonly string[];
  /** After a release that updates nothing: modules whose code will be newer than the version in the database, sorted; absent: none. */
  readonly lag?: readonly ModuleLag[];
}

/** One reason why a release isn't proven to be code only. */
export interface CodeProofBreach {
  /** Stable id of the clause of the proof, in kebab case: `field-declaration-changed`. */
  readonly clause: string;
  readonly module: string;
  /** Relative to the module; null: the module as a whole. */
  readonly file: string | null;
  readonly line: number | null;
  /** A sentence: what differs, or what could not be told. */
  readonly what: string;
}

/** The allow-list proof that `-u` would load nothing of a release: it holds when there is no breach. */
export interface CodeProof {
  readonly breaches: readonly CodeProofBreach[];
  /** What is allowed and worth knowing: a changed compute of a stored field leaves old rows as they are. */
  readonly findings: readonly string[];
}

/** The differences that an update made to a database, from catalogue, xmlids and row counts. */
export interface DatabaseDifference {
  readonly tablesAdded: readonly string[];
  readonly tablesRemoved: readonly string[];
  /** `table.column` */
  readonly columnsAdded: readonly string[];
  readonly columnsRemoved: readonly string[];
  /** `table.column: old type → new type` */
  readonly columnsRetyped: readonly string[];
  /** `table.column` that got or lost NOT NULL. */
  readonly columnsRequired: readonly string[];
  readonly columnsRelaxed: readonly string[];
  readonly constraintsAdded: readonly string[];
  readonly constraintsRemoved: readonly string[];
  readonly indexesAdded: readonly string[];
  readonly indexesRemoved: readonly string[];
  /** `module.name (model)` */
  readonly recordsAdded: readonly string[];
  readonly recordsRemoved: readonly string[];
  readonly modulesAdded: readonly string[];
  readonly modulesRemoved: readonly string[];
  /** `model.field`, with or without a column: what refers to it breaks. */
  readonly fieldsRemoved: readonly string[];
  /** `model.field: value` */
  readonly selectionsRemoved: readonly string[];
  /** `table: before → after`, only where rows became fewer. */
  readonly rowsLost: readonly string[];
  /** Sequences, views and other relations that came or went. */
  readonly otherChanges: readonly string[];
}

/** Removals that a plan lists and its approvers so agree to. */
export interface AgreedRemovals {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
  readonly records: readonly string[];
  readonly modules: readonly string[];
}
