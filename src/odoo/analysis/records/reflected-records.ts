import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Static } from "../../../domain/release/module-source.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { postgresName } from "../schema/postgres-names.ts";
import type { FieldDefinition, ModelDefinitions } from "./model-definitions.ts";

/** A record that mirrors code, with the xmlid that Odoo gives it. */
export interface ReflectedRecord {
  readonly xmlid: string;
  readonly model: string;
  /** The same for every xmlid of the one record: `ir.model res.partner`. */
  readonly identity: string;
}

/**
 * What Odoo mirrors of the code when it installs or updates a module (`Registry.init_models`, `_reflect_*` in `ir_model.py`).
 *
 * @param definitions with the module loaded, and none of those after it
 * @param touched models that the module's classes define or extend
 * @param models no others are of interest; null: all
 */
export function reflectedRecords(
  module: string,
  definitions: ModelDefinitions,
  touched: ReadonlySet<string>,
  registry: Registry,
  models: ReadonlySet<string> | null = null,
): ReflectedRecord[] {
  const records: ReflectedRecord[] = [];
  const wanted = (model: string): boolean => models === null || models.has(model);
  for (const model of touched)
    if (wanted(model)) records.push({ xmlid: `${module}.model_${underscored(model)}`, model: "ir.model", identity: `ir.model ${model}` });
  for (const model of definitions.descendants(touched)) {
    if (!wanted(model)) continue;
    const [xmlid, identity] = [`${module}.field_${underscored(model)}__`, `ir.model.fields ${model}.`];
    for (const field of definitions.fieldsNamedBy(module, model))
      records.push({ xmlid: xmlid + field, model: "ir.model.fields", identity: identity + field });
    records.push(...selections(model, definitions), ...tableObjects(model, definitions, registry), ...inheritance(model, definitions));
  }
  return records;
}

function selections(model: string, definitions: ModelDefinitions): ReflectedRecord[] {
  const byField = new Map<string, FieldDefinition[]>();
  for (const { module, source } of definitions.definitions(model))
    for (const declaration of source.fields) {
      const known = byField.get(declaration.name);
      if (known !== undefined) known.push({ module, declaration });
      else byField.set(declaration.name, [{ module, declaration }]);
    }
  const records: ReflectedRecord[] = [];
  for (const [field, declared] of byField) {
    const type = declared.at(-1)?.declaration.type;
    if (type !== "Selection" && type !== "Reference") continue;
    for (const [value, modules] of selectionModules(declared))
      for (const module of modules)
        records.push({
          xmlid: `${module}.selection__${underscored(model)}__${field}__${value.replace(/[. ]/g, "_").toLowerCase()}`,
          model: "ir.model.fields.selection",
          identity: `ir.model.fields.selection ${model}.${field}: ${value}`,
        });
  }
  return records;
}

/** Is this the value of a selection whose list can't be told from the code? `identity` as in `ReflectedRecord`. */
export function isUnlistedValue(identity: string, registry: Registry): boolean {
  const name = /^ir\.model\.fields\.selection (.*)\.(\w+): /.exec(identity);
  const attributes = registry.models.get(name?.[1] ?? "")?.fields.get(name?.[2] ?? "")?.attributes;
  return attributes !== undefined && ["selection", "selection_add"].some((list) => attributes[list]?.known === false);
}

/** `_selection_modules`: a list says anew who defines which value, `selection_add` adds. */
function selectionModules(declared: readonly FieldDefinition[]): Map<string, Set<string>> {
  const modules = new Map<string, Set<string>>();
  const add = (value: string, module: string): void => {
    modules.set(value, (modules.get(value) ?? new Set()).add(module));
  };
  for (const { module, declaration } of declared) {
    const { selection, selection_add: added } = declaration.attributes;
    if (selection !== undefined) {
      modules.clear();
      for (const [value] of pairs(selection, 1)) add(value, module);
    }
    if (added !== undefined) for (const [value] of pairs(added, 2)) add(value, module);
  }
  return modules;
}

/** Values of a list of values and labels; none where it can't be told. A lone value in `selection_add` only names a place. */
function pairs(list: Static, atLeast: number): [string][] {
  if (!list.known || !Array.isArray(list.value)) return [];
  return (list.value as readonly Json[]).flatMap((pair): [string][] => {
    if (!Array.isArray(pair) || pair.length < atLeast) return [];
    const [value] = pair as readonly Json[];
    return typeof value === "string" ? [[value]] : [];
  });
}

function tableObjects(model: string, definitions: ModelDefinitions, registry: Registry): ReflectedRecord[] {
  const table = registry.models.get(model)?.table ?? underscored(model);
  const modules = new Map<string, string>();
  for (const { module, source } of definitions.definitions(model)) for (const { name } of source.objects) modules.set(name, module);
  return [...modules].map(([name, module]) => {
    const object = postgresName(`${table}_${name}`);
    return {
      xmlid: `${module}.constraint_${object}`,
      model: "ir.model.constraint",
      identity: `ir.model.constraint ${module}.${object}`,
    };
  });
}

function inheritance(model: string, definitions: ModelDefinitions): ReflectedRecord[] {
  return definitions.definitions(model).flatMap(({ module, source }) => {
    const parents = source.inherit.filter((parent) => parent !== "base" && parent !== model);
    return [...new Set([...parents, ...Object.keys(source.inherits)])].map((parent) => ({
      xmlid: `${module}.model_inherit__${underscored(model)}__${underscored(parent)}`,
      model: "ir.model.inherit",
      identity: `ir.model.inherit ${model} ${parent}`,
    }));
  });
}

export function underscored(model: string): string {
  return model.replaceAll(".", "_");
}
