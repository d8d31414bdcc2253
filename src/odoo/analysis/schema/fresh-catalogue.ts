import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import type { CatalogueSnapshot, RecordFacts } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { ModelDefinitions } from "../records/model-definitions.ts";
import { reflectedRecords } from "../records/reflected-records.ts";
import { textOf } from "../registry/static-values.ts";
import { bareCatalogue } from "./base-tables.ts";
import { reflectedKeys } from "./reflected-selection.ts";
import { hasOwnTable } from "./model-columns.ts";
import { makesView } from "./update-columns.ts";
import { updateSchema } from "./update-schema.ts";

/** What a fresh installation of all modules of a registry gives. */
function freshSchema(after: Registry, trigram: boolean, models: ReadonlySet<string> | null = null): CatalogueSnapshot {
  const bare = bareCatalogue();
  const catalogue = models === null ? bare : { ...bare, ...withOthers(bare, after, models) };
  const only = models === null ? {} : { models };
  return updateSchema({ catalogue, before: null, after, modules: new Set(after.modules), trigram, ...only }).catalogue;
}

/** Tables and views of other models: their names alone, so that foreign keys may lead to them and nobody makes them anew. */
function withOthers(
  bare: CatalogueSnapshot,
  { models: all }: Registry,
  models: ReadonlySet<string>,
): Pick<CatalogueSnapshot, "tables" | "views"> {
  const [tables, views, own] = [new Set(bare.tables), new Set<string>(), new Set<string>()];
  for (const model of all.values()) {
    const isOther = !models.has(model.name);
    if (!hasOwnTable(model)) {
      if (isOther && makesView(model)) views.add(model.table);
      continue;
    }
    const into = isOther ? tables : own;
    into.add(model.table);
    for (const { relation } of model.fields.values()) if (relation !== null) into.add(relation.table);
  }
  const isBare = new Set(bare.tables);
  return { tables: [...tables].filter((table) => isBare.has(table) || !own.has(table)), views: [...views] };
}

/**
 * The catalogue of a database that has just a side's modules and no users' data, for an analysis without a tenant.
 *
 * @param only models that are of interest: of the others there are the tables' names and nothing else; null: all
 */
export function freshCatalogue(side: AnalysedSide, only: ReadonlySet<string> | null = null): CatalogueSnapshot {
  const { registry } = side;
  const catalogue = freshSchema(registry, true, only);
  let id = 0;
  const models: Record<string, number> = {};
  const fields: Record<string, { id: number; kind: string }> = {};
  const selections: Record<string, number> = {};
  for (const model of registry.models.values()) {
    if (only?.has(model.name) === false) continue;
    models[model.name] = id += 1;
    for (const field of model.fields.values()) {
      const name = `${model.name}.${field.name}`;
      const parts = [
        field.type ?? "unknown",
        textOf(field.attributes["comodel_name"]),
        field.stored === false ? null : "stored",
        field.required === true ? "required" : null,
      ];
      fields[name] = { id: (id += 1), kind: parts.filter((part) => part !== null).join(" ") };
      const keys = reflectedKeys(field);
      if (keys !== "unclear") for (const key of keys) selections[`${name}: ${key}`] = id += 1;
    }
  }
  const modules: Record<string, { state: string; version: string | null }> = {};
  for (const name of side.order) modules[name] = { state: "installed", version: side.universe.get(name)?.manifest?.version ?? null };
  const transient = [...registry.models.values()].filter((model) => model.type === "transient").map((model) => model.table);
  const rows = Object.fromEntries(catalogue.tables.map((table) => [table, 0]));
  const records = reflections(side, { models, fields, selections }, id, only);
  return { ...catalogue, models, fields, selections, records, rows, modules, transientTables: transient };
}

/** xmlids of what mirrors the code, by which Odoo later finds out what is gone. */
function reflections(
  side: AnalysedSide,
  of: Pick<CatalogueSnapshot, "models" | "fields" | "selections">,
  lastId: number,
  only: ReadonlySet<string> | null,
): Record<string, RecordFacts> {
  const records: Record<string, RecordFacts> = {};
  const others = new Map<string, number>();
  const idOf = (identity: string): number => {
    const [model, name] = [identity.slice(0, identity.indexOf(" ")), identity.slice(identity.indexOf(" ") + 1)];
    const known = { "ir.model": of.models[name], "ir.model.fields": of.fields[name]?.id, "ir.model.fields.selection": of.selections[name] }[
      model
    ];
    const id = known ?? others.get(identity) ?? lastId + others.size + 1;
    if (known === undefined) others.set(identity, id);
    return id;
  };
  const definitions = new ModelDefinitions();
  for (const name of side.order) {
    const source = side.universe.get(name);
    if (source === undefined) continue;
    for (const { xmlid, model, identity } of reflectedRecords(name, definitions, definitions.load(source), side.registry, only))
      records[xmlid] = { model, id: idOf(identity), noupdate: false };
  }
  return records;
}
