import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import { staticText } from "../registry/static-values.ts";
import { reflectedKeys } from "./reflected-selection.ts";
import { magicNames } from "../registry/magic-fields.ts";
import { indexTable } from "./schema-draft.ts";
import { unsure, type UpdateGround } from "./update-ground.ts";

type Reflected = Pick<CatalogueSnapshot, "models" | "fields" | "selections">;

/**
 * What Odoo throws away at the end of an update (`ir.model.data._process_end`): reflections of code none of whose xmlids belongs to a
 * module that wasn't updated. One without any xmlid stays for ever.
 */
export function removeVanished(ground: UpdateGround): Reflected {
  const { catalogue, after } = ground;
  const gone = new Vanishing(ground);
  removeObjects(ground);
  const models = new Set(
    Object.keys(catalogue.models).filter((name) => !after.models.has(name) && gone.is("ir.model", catalogue.models[name])),
  );
  for (const name of models) {
    const table = name.replaceAll(".", "_");
    ground.changes.push({ kind: "model-removed", table, model: name, declared: null });
  }
  const fields = Object.entries(catalogue.fields).filter(([name, { id, kind }]) => {
    const [model, field] = splitField(name);
    if (models.has(model)) return false;
    if (after.models.get(model)?.fields.has(field) === true || kind.endsWith(" manual")) return true;
    const target = kind.split(" ")[1];
    const removed = gone.is("ir.model.fields", id) || (target !== undefined && models.has(target));
    if (removed) removeColumn(ground, model, field, kind);
    return !removed;
  });
  const kept = new Set(fields.map(([name]) => name));
  const selections = Object.entries(catalogue.selections).filter(([name, id]) => {
    const at = name.indexOf(": ");
    const [field, value] = [name.slice(0, at), name.slice(at + 2)];
    if (!kept.has(field)) return false;
    const [model, column] = splitField(field);
    if (catalogue.fields[field]?.kind.endsWith(" manual") === true) return true;
    const now = after.models.get(model)?.fields.get(column);
    if (now === undefined) return true;
    const keys = reflectedKeys(now);
    if (keys !== "unclear") return keys.includes(value) || !gone.is("ir.model.fields.selection", id);
    const old = ground.before?.models.get(model)?.fields.get(column);
    if (old === undefined || staticText(old.attributes["selection"]) !== staticText(now.attributes["selection"]))
      unsure(ground, "records", "ir.model.fields.selection", `The values of ${field} can't be told without running the code.`, "K5");
    return true;
  });
  return {
    models: Object.fromEntries(Object.entries(catalogue.models).filter(([name]) => !models.has(name))),
    fields: Object.fromEntries(fields),
    selections: Object.fromEntries(selections),
  };
}

function splitField(name: string): [string, string] {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function removeColumn(ground: UpdateGround, modelName: string, field: string, kind: string): void {
  const { draft, after, catalogue } = ground;
  const model = after.models.get(modelName);
  if (model === undefined || magicNames.has(field) || !kind.includes(" stored")) return;
  const facts = draft.column(model.table, field);
  if (facts === undefined || !draft.tables.has(model.table)) return;
  draft.dropColumn(model.table, field);
  ground.changes.push({ kind: "column-removed", table: model.table, column: field, model: modelName, declared: null, type: facts.type });
  if (catalogue.views.length + catalogue.materializedViews.length > 0)
    unsure(ground, "views", "*", `A view that reads ${model.table}.${field} is dropped together with the column.`);
}

/** Which records belong to updated modules alone. */
class Vanishing {
  readonly #owners = new Map<string, boolean>();

  constructor({ catalogue, modules }: UpdateGround) {
    for (const [xmlid, { model, id, noupdate }] of Object.entries(catalogue.records)) {
      if (!model.startsWith("ir.model")) continue;
      const key = `${model} ${id}`;
      const ours = !noupdate && modules.has(xmlid.slice(0, xmlid.indexOf(".")));
      this.#owners.set(key, ours && this.#owners.get(key) !== false);
    }
  }

  is(model: string, id: number | undefined): boolean {
    return id !== undefined && this.#owners.get(`${model} ${id}`) === true;
  }
}

/** Constraints and indexes that no class declares any more. */
function removeObjects(ground: UpdateGround): void {
  const { catalogue, modules, after, draft } = ground;
  const owners = new Map<string, boolean>();
  for (const [xmlid, { model, noupdate }] of Object.entries(catalogue.records)) {
    if (model !== "ir.model.constraint") continue;
    const [module, name] = [xmlid.slice(0, xmlid.indexOf(".")), xmlid.slice(xmlid.indexOf(".") + 1).replace(/^constraint_/, "")];
    owners.set(name, !noupdate && modules.has(module) && owners.get(name) !== false);
  }
  for (const model of after.models.values()) for (const name of model.objects.keys()) owners.delete(name);
  const byName = new Map<string, string>();
  for (const key of draft.constraints.keys()) byName.set(key.slice(key.lastIndexOf(".") + 1), key);
  for (const [name, ours] of owners) {
    if (!ours) continue;
    const key = byName.get(name);
    const index = draft.indexes.get(name);
    if (key !== undefined) {
      draft.removeConstraint(key);
      ground.changes.push({ kind: "constraint-removed", table: key.slice(0, key.lastIndexOf(".")), model: "", declared: null, name });
    } else if (index !== undefined) {
      draft.indexes.delete(name);
      ground.changes.push({ kind: "index-removed", table: indexTable(index), model: "", declared: null, name });
    }
  }
}
