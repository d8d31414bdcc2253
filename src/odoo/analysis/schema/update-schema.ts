import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { Uncertainty } from "../../../domain/impact/prediction.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { playInit } from "./init-tables.ts";
import { columnsByTable, hasOwnTable } from "./model-columns.ts";
import { removeVanished } from "./removals.ts";
import type { SchemaChange } from "./schema-change.ts";
import { SchemaDraft } from "./schema-draft.ts";
import { touchedModels } from "./touched-models.ts";
import { relaxRemoved, updateTable } from "./update-columns.ts";
import type { SchemaRisk, UpdateGround } from "./update-ground.ts";
import { updateLinks } from "./update-links.ts";
import { updateObjects } from "./update-objects.ts";

export interface SchemaQuestion {
  /** The database before. */
  readonly catalogue: CatalogueSnapshot;
  /** Before scripts that have changed it already; absent: there are none. */
  readonly comparedWith?: CatalogueSnapshot;
  /** null: a database in which nothing is installed. */
  readonly before: Registry | null;
  readonly after: Registry;
  /** Updated and newly installed modules. */
  readonly modules: ReadonlySet<string>;
  /** No others are looked at; absent: all that are touched. */
  readonly models?: ReadonlySet<string>;
  /** PostgreSQL has trigram indexes; absent: as the catalogue shows. */
  readonly trigram?: boolean;
}

export interface UpdatedSchema {
  /** The database afterwards, as far as schema and reflected code go; records, rows and modules are as before. */
  readonly catalogue: CatalogueSnapshot;
  readonly changes: readonly SchemaChange[];
  readonly uncertain: readonly Uncertainty[];
  readonly risks: readonly SchemaRisk[];
}

/** Plays an update on a catalogue, the way Odoo 19 does it on a database. */
export function updateSchema(question: SchemaQuestion): UpdatedSchema {
  const { catalogue, after, before, modules } = question;
  const draft = new SchemaDraft(catalogue);
  const touched = new Set([...touchedModels(after, modules), ...modelsWithManualFields(catalogue, after)]);
  const trigram = question.trigram ?? Object.values(catalogue.indexes).some((definition) => definition.includes("gin_trgm_ops"));
  const ground: UpdateGround = { catalogue, before, after, touched, modules, trigram, draft, changes: [], uncertain: [], risks: [] };
  const models = [...touched].flatMap((name) => (question.models?.has(name) === false ? [] : (after.models.get(name) ?? [])));
  for (const model of models) {
    // A model without a table of Odoo's making makes one itself; to any other, `init` adds what the ORM left out.
    if (!hasOwnTable(model)) playInit(ground, model);
    updateTable(ground, model);
    if (hasOwnTable(model)) playInit(ground, model);
  }
  for (const model of models) updateObjects(ground, model);
  updateLinks(ground, models);
  const reflected = removeVanished(ground);
  relaxRemoved(ground, () => columnsByTable(after));
  const { changes, uncertain, risks } = ground;
  return { catalogue: { ...catalogue, ...draft.schema(), ...reflected }, changes, uncertain, risks };
}

/** Odoo looks at them again after every update. */
function modelsWithManualFields(catalogue: CatalogueSnapshot, after: Registry): string[] {
  const manual = Object.entries(catalogue.fields).filter(([, { kind }]) => kind.endsWith(" manual"));
  return [...new Set(manual.map(([name]) => name.slice(0, name.lastIndexOf("."))))].filter((name) => after.models.has(name));
}
