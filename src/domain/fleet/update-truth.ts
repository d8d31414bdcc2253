import type { InstalledModule } from "./facts.ts";

/** A constraint or index that Odoo lists in `ir_model_constraint`, with what PostgreSQL really has. */
export interface ConstraintTruth {
  readonly name: string;
  readonly model: string;
  readonly module: string;
  readonly type: "foreign key" | "constraint" | "index";
  /** As Odoo's code says it; null where Odoo keeps none. */
  readonly definition: string | null;
  /** `missing`: PostgreSQL has none of that name. `different`: it has one that was made from another definition, or that isn't valid. */
  readonly found: "equal" | "missing" | "different";
}

/** What has to be read from a database after an update to say whether the update really happened. */
export interface UpdateTruth {
  /** Everything but uninstalled modules. */
  readonly modules: readonly InstalledModule[];
  readonly partiallyUpdated: boolean;
  readonly constraintCount: number;
  /** Only those that aren't as they should be. */
  readonly constraintProblems: readonly ConstraintTruth[];
  readonly requiredCount: number;
  /** `table.column` of required stored fields whose column may be NULL. */
  readonly requiredWithoutNotNull: readonly string[];
  /** `model.field` of required stored fields whose column couldn't be found. */
  readonly requiredWithoutColumn: readonly string[];
}
