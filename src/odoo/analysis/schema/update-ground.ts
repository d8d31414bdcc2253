import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { ImpactClass } from "../../../domain/impact/impact.ts";
import type { Uncertainty } from "../../../domain/impact/prediction.ts";
import type { Declared, Registry, RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import type { SchemaChange } from "./schema-change.ts";
import type { SchemaDraft } from "./schema-draft.ts";

/** What an update's effect on the schema is worked out from, and what was worked out so far. */
export interface UpdateGround {
  readonly catalogue: CatalogueSnapshot;
  /** null: a fresh database. */
  readonly before: Registry | null;
  readonly after: Registry;
  /** Models whose schema Odoo makes agree with the code. */
  readonly touched: ReadonlySet<string>;
  /** Updated and newly installed modules. */
  readonly modules: ReadonlySet<string>;
  /** PostgreSQL has trigram indexes. */
  readonly trigram: boolean;
  readonly draft: SchemaDraft;
  readonly changes: SchemaChange[];
  readonly uncertain: Uncertainty[];
  /** What raises the class although no change is certain. */
  readonly risks: SchemaRisk[];
}

export interface SchemaRisk {
  readonly atLeast: ImpactClass;
  readonly why: string;
}

/**
 * @param kind in the plural: `columns`
 * @param atLeast the class when it turns out to be so
 */
export function unsure(ground: UpdateGround, kind: string, of: string, why: string, atLeast?: ImpactClass): void {
  ground.uncertain.push({ touches: `${kind} of ${of}`, why });
  if (atLeast !== undefined) ground.risks.push({ atLeast, why });
}

export function lastDeclared(field: RegistryField): Declared | null {
  const last = field.declared.at(-1);
  return last === undefined ? null : { module: last.module, file: last.file, line: last.line };
}

export function modelDeclared(model: RegistryModel): Declared | null {
  return model.declared[0] ?? null;
}

/** Rows before the update; one for a table whose rows could only be estimated as none. */
export function rowsOf(catalogue: CatalogueSnapshot, table: string): number {
  const rows = catalogue.rows[table] ?? 0;
  return rows === 0 && catalogue.estimatedTables.includes(table) ? 1 : rows;
}
