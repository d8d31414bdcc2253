import type { FieldDeclaration, ModelClass, Static } from "../../../domain/release/module-source.ts";
import type { RegistryField } from "../../../domain/release/registry.ts";
import type { Definition } from "./model-classes.ts";
import { baseFields, logFields } from "./magic-fields.ts";
import { extendsType } from "./field-types.ts";
import { has, isGiven, known, selectionKeys, truth } from "./static-values.ts";

/** A field before what it is related to is looked up. */
export interface DraftField {
  readonly name: string;
  /** What stands after `fields.` in the declaration that counts. */
  readonly declaredType: string;
  readonly attributes: Readonly<Record<string, Static>>;
  readonly origin: RegistryField["origin"];
  readonly declared: RegistryField["declared"];
  readonly stored: boolean | null;
}

interface Entry {
  /** null: given by Odoo itself. */
  readonly definition: Definition | null;
  readonly declaration: FieldDeclaration;
}

interface Drafted {
  readonly model: string;
  readonly definitions: readonly Definition[];
  readonly fields: ReadonlyMap<string, DraftField>;
}

/** By the class that has the last word. Two sides have most classes in common. */
const drafted = new WeakMap<ModelClass, Drafted>();

/** The fields that a model's own classes and those it inherits from give it, the oldest class first (`_setup`, `Field._get_attrs`). */
export function draftFields(model: string, definitions: readonly Definition[]): ReadonlyMap<string, DraftField> {
  const last = definitions.at(-1)?.source;
  const known = last === undefined ? undefined : drafted.get(last);
  if (known?.model === model && isSame(known.definitions, definitions)) return known.fields;
  const fields = fieldsOf(model, definitions);
  if (last !== undefined) drafted.set(last, { model, definitions, fields });
  return fields;
}

function isSame(known: readonly Definition[], definitions: readonly Definition[]): boolean {
  if (known.length !== definitions.length) return false;
  return known.every((one, at) => {
    const other = definitions[at];
    return one.source === other?.source && one.module === other.module && one.file === other.file && one.defines === other.defines;
  });
}

function fieldsOf(model: string, definitions: readonly Definition[]): ReadonlyMap<string, DraftField> {
  const entries = new Map<string, Entry[]>();
  const add = (entry: Entry): void => {
    const there = entries.get(entry.declaration.name);
    if (there === undefined) entries.set(entry.declaration.name, [entry]);
    else there.push(entry);
  };
  for (const declaration of baseFields) add({ definition: null, declaration });
  for (const definition of definitions) {
    const { source } = definition;
    for (const declaration of source.fields) add({ definition, declaration });
    if (logsAccess(definition))
      for (const declaration of logFields)
        if (!source.fields.some((field) => field.name === declaration.name)) add({ definition: null, declaration });
  }
  return new Map([...entries].map(([name, declared]) => [name, draftField(model, name, declared)]));
}

/** Of the class alone, not of the model: `_log_access` there, else `_auto` there, else what its base class says. */
function logsAccess({ defines, source }: Definition): boolean {
  if (!defines || source.type === "abstract") return false;
  return truth(source.attributes["_log_access"] ?? source.attributes["_auto"], true) ?? true;
}

function draftField(model: string, name: string, entries: readonly Entry[]): DraftField {
  const last = entries.at(-1) as Entry;
  const attributes = entries.length === 1 ? last.declaration.attributes : mergedAttributes(last.declaration.type, entries);
  const declared = entries.flatMap(({ definition, declaration }) =>
    definition === null ? [] : [{ module: definition.module, file: definition.file, line: declaration.line, declaration }],
  );
  const own = entries.some(({ definition }) => definition?.source.name === model);
  return {
    name,
    declaredType: last.declaration.type,
    attributes,
    origin: declared.length === 0 ? "magic" : own ? "declared" : "mixin",
    declared,
    stored: isStored(attributes),
  };
}

/** Later over earlier ones; what another type of field was given doesn't count. */
function mergedAttributes(type: string, entries: readonly Entry[]): Record<string, Static> {
  const merged: Record<string, Static> = {};
  let selection: string[] | null = null;
  for (const { declaration } of entries) {
    if (!extendsType(type, declaration.type)) {
      for (const key of Object.keys(merged)) delete merged[key];
      selection = null;
      continue;
    }
    Object.assign(merged, declaration.attributes);
    const { selection: list, selection_add: added } = declaration.attributes;
    if (list !== undefined) selection = selectionKeys(list);
    if (added === undefined) continue;
    const more = selectionKeys(added);
    selection = selection === null || more === null ? null : [...new Set([...selection, ...more])];
    // Labels are lost here; the values are what the database is about.
    merged["selection"] =
      selection === null ? { known: false, text: `${JSON.stringify(merged["selection"])}+` } : known(selection.map((key) => [key, key]));
  }
  delete merged["selection_add"];
  return merged;
}

function isStored(attributes: Readonly<Record<string, Static>>): boolean | null {
  if (isGiven(attributes["sparse"])) return false;
  const computed = isGiven(attributes["compute"]) || isGiven(attributes["related"]);
  return truth(has(attributes, "store") ? attributes["store"] : undefined, !computed);
}
