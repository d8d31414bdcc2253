import type { PythonClass, PythonFile, PythonText } from "../../domain/release/source-model.ts";
import { isController, isLoadStatement } from "./code-only-classes.ts";
import { loadedPython, splitPath, type PythonWorld } from "./code-only-world.ts";

/** Something that has a name and that other code can refer to. */
export interface Definition {
  /** Stays the same between releases: place, name and a number when there are several of one name. */
  readonly key: string;
  readonly path: string;
  readonly name: string;
  /** `local`: a constant or import, seen from its own file or from where it is imported; `anywhere`: a function, method or class. */
  readonly reach: "local" | "anywhere";
  /** `declaration`: a value of a class that isn't a controller, which is compared as such. */
  readonly kind: "function" | "method" | "class" | "constant" | "import" | "declaration";
  readonly body: PythonText;
  /** Names that an import takes from elsewhere. */
  readonly imported: readonly string[];
}

/** Everything with a name in the loaded Python of a release. */
export function definitionsOf(world: PythonWorld): Definition[] {
  return loadedPython(world).flatMap(([path, file]) => inFile(path, file));
}

function inFile(path: string, file: PythonFile): Definition[] {
  const numbers = new Map<string, number>();
  const found: Definition[] = [];
  const add = (
    place: string,
    definition: Omit<Definition, "key" | "path" | "imported"> & { readonly imported?: readonly string[] },
  ): void => {
    const plain = `${path}::${place}${definition.name}`;
    const number = numbers.get(plain) ?? 0;
    numbers.set(plain, number + 1);
    found.push({ imported: [], ...definition, path, key: `${plain}#${number}` });
  };
  for (const statement of file.statements) {
    if (statement.kind === "function") add("", { name: statement.name, kind: "function", reach: "anywhere", body: statement });
    if (statement.kind === "assignment" && !isLoadStatement(statement))
      for (const name of statement.targets ?? []) add("", { name, kind: "constant", reach: "local", body: statement });
    const imports = statement.kind === "import" ? [statement] : statement.kind === "other" ? statement.imports : [];
    for (const one of imports) {
      for (const { name, as } of one.imported) {
        const body = { ...one, text: `${one.module} ${name} ${as}`, names: [], attributes: [], strings: [] };
        add("", { name: as, kind: "import", reach: "local", body, imported: [name] });
      }
      if (one.binds !== null) add("", { name: one.binds, kind: "import", reach: "local", body: { ...one, names: [], attributes: [] } });
    }
    if (statement.kind === "other" && statement.guardedImport)
      for (const name of statement.names) add("", { name, kind: "constant", reach: "local", body: statement });
    if (statement.kind === "class") inClass(statement, isController(statement, file) ? "constant" : "declaration", add);
  }
  return found;
}

function inClass(
  one: PythonClass,
  kind: "constant" | "declaration",
  add: (place: string, definition: Omit<Definition, "key" | "path" | "imported">) => void,
): void {
  add("", { name: one.name, kind: "class", reach: "anywhere", body: one.whole });
  for (const member of one.members) {
    if (member.kind === "function") add(`${one.name}.`, { name: member.name, kind: "method", reach: "anywhere", body: member });
    // A plain value of a class is referred to by its name after a dot.
    if (member.kind === "assignment")
      for (const name of member.targets ?? []) add(`${one.name}.`, { name, kind, reach: "anywhere", body: member });
  }
}

/** Definitions that aren't the same in both releases. */
export function changedDefinitions(before: readonly Definition[], after: readonly Definition[]): Definition[] {
  const [old, now] = [new Map(before.map((one) => [one.key, one])), new Map(after.map((one) => [one.key, one]))];
  return [...after.filter((one) => old.get(one.key)?.body.text !== one.body.text), ...before.filter((one) => !now.has(one.key))];
}

export function moduleOf(definition: Definition): string {
  return splitPath(definition.path).module;
}
