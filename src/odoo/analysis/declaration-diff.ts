import type { ModuleSource } from "../../domain/release/module-source.ts";

/** Declarations of a module that differ, as `model x`, `field x.y`, `constraint x.y`, `record m.n`, `view m.n`; sorted. */
export interface DeclarationDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** null: the module isn't there. */
export function declarationDiff(before: ModuleSource | null, after: ModuleSource | null): DeclarationDiff {
  const [old, now] = [declarationsOf(before), declarationsOf(after)];
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).toSorted(),
    removed: [...old.keys()].filter((name) => !now.has(name)).toSorted(),
    changed: [...now].flatMap(([name, text]) => (old.has(name) && old.get(name) !== text ? [name] : [])).toSorted(),
  };
}

/** Each by its name with a text that is equal where the declaration is, wherever it stands. */
function declarationsOf(source: ModuleSource | null): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (name: string, what: unknown): void => {
    found.set(name, `${found.get(name) ?? ""}${textOf(what)}`);
  };
  for (const one of source?.python.flatMap((file) => file.classes) ?? []) {
    const model = one.name ?? one.className;
    add(`model ${model}`, [one.type, one.inherit, one.inherits, one.attributes]);
    for (const field of one.fields) add(`field ${model}.${field.name}`, [field.type, field.attributes]);
    for (const object of one.objects) add(`${object.type} ${model}.${object.name}`, object.definition);
    for (const method of one.methods) add(`method ${model}.${method.name}`, [method.decorators, method.parameters, method.digest]);
  }
  for (const entry of source?.data.flatMap((file) => file.entries) ?? []) {
    if (entry.entry === "record" && entry.xmlid !== null)
      add(`${entry.model === "ir.ui.view" ? "view" : "record"} ${entry.xmlid}`, [
        entry.model,
        entry.noupdate,
        entry.forcecreate,
        entry.values,
      ]);
    if (entry.entry === "delete") add(`deletion ${entry.xmlid ?? `${entry.model} ${entry.search ?? ""}`}`, entry.model);
    if (entry.entry === "function") add(`call ${entry.model}.${entry.method}`, entry.code);
  }
  return found;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (key === "line" || key === "file" ? undefined : inner)) ?? "";
}
