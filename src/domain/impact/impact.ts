/** What a release does to one environment, mildest first (safe-change §1). */
export const impactClasses = ["K0", "K1", "K2", "K3", "K4", "K5"] as const;
export type ImpactClass = (typeof impactClasses)[number];

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
