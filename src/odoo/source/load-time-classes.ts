import type { PythonClass, PythonFile } from "../../domain/release/source-model.ts";
import { readPythonFile } from "./python-file.ts";

/** A class of a model: the names it may have, what it inherits from, and whether it runs code of its own when Odoo loads it. */
export interface LoadTimeClass {
  readonly names: readonly string[];
  readonly inherits: readonly string[];
  readonly own: boolean;
}

const marks = /\bdef (?:init|_auto_init|_init_column|_register_hook|_table_query)\b|^\s+(?:_auto|_table_query)\s*[:=]/m;

/**
 * Models in a file of Odoo's own code. Only files with such code are parsed, since an Odoo has thousands; the others are asked for names
 * line by line. A file that can't be parsed counts as if every model that it names ran code of its own.
 */
export function loadTimeClasses(text: string): readonly LoadTimeClass[] {
  if (!/^\s+_(?:name|inherit)\s*[:=]/m.test(text)) return [];
  if (!marks.test(text))
    return text
      .split(/^class\s/m)
      .slice(1)
      .map((body) => ({ ...written(body), own: false }));
  const file = readPythonFile(text);
  if (file === null) return [{ ...written(text), own: true }];
  return classesOf(file).map((one) => {
    const { names, inherits } = modelsOf(one);
    return { names, inherits, own: one.members.some(runsWhenLoaded) };
  });
}

function classesOf(file: PythonFile): PythonClass[] {
  return file.statements
    .filter((statement) => statement.kind === "class")
    .filter((one) => one.members.some(({ kind }) => kind !== "other"));
}

/** Names as they stand in the text of a class, or of several. */
function written(text: string): Pick<LoadTimeClass, "names" | "inherits"> {
  const values = (name: string): string[] =>
    [...text.matchAll(new RegExp(`^\\s+${name}\\s*(?::[^=\\n]*)?=\\s*(\\[[^\\]]*\\]|\\([^)]*\\)|.*)`, "gm"))].flatMap(([, value = ""]) =>
      [...value.matchAll(/["']([\w.]+)["']/g)].map(([, one = ""]) => one),
    );
  const [named, inherits] = [values("_name"), values("_inherit")];
  return { names: named.length > 0 ? named : inherits, inherits };
}

function modelsOf(one: PythonClass): Pick<LoadTimeClass, "names" | "inherits"> {
  const value = (name: string): readonly string[] =>
    one.members.flatMap((member) =>
      member.kind === "assignment" && member.targets?.includes(name) === true ? [member.literal ?? []].flat() : [],
    );
  const inherits = value("_inherit");
  const named = value("_name");
  return { names: named.length > 0 ? named : inherits, inherits };
}

function runsWhenLoaded(member: PythonClass["members"][number]): boolean {
  if (member.kind === "function") return /^(?:init|_auto_init|_init_column|_register_hook|_table_query)$/.test(member.name);
  if (member.kind !== "assignment") return false;
  const names = member.targets ?? [];
  return names.includes("_table_query") || (names.includes("_auto") && !/\u0001True\u0001/.test(member.text));
}
