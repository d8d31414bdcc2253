import type { Static } from "../../domain/release/module-source.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";

/** An expression in a data file, `eval="…"` and its like. */
export interface DataExpression {
  /** Without needless space. */
  readonly code: string;
  readonly value: Static;
  /** What its `ref('…')` name, completed with the module; each once. */
  readonly xmlids: readonly string[];
  /** It has a `ref()` of something that has to be computed. */
  readonly computedRef: boolean;
}

/** Strings, closed or not: every place where one begins is the end of the search from there, so the time stays linear. */
const string = String.raw`'(?:\\[^]?|[^'\\])*(?:'|$)|"(?:\\[^]?|[^"\\])*(?:"|$)`;
const stringOrSpace = new RegExp(`${string}|\\s+`, "g");
const stringOrRef = new RegExp(String.raw`\bref\s*\(\s*(?:(['"])([^'"\\]*)\1\s*[,)])?|${string}`, "g");
const stringOrName = new RegExp(String.raw`${string}|[A-Za-z_]\w*`, "g");
const constants = new Set(["None", "True", "False"]);

export function readExpression(written: string, module: string): DataExpression {
  const code = withoutSpace(written);
  const xmlids = new Set<string>();
  let computedRef = false;
  if (code.includes("ref")) {
    for (const [found, , name] of code.matchAll(stringOrRef)) {
      if (name !== undefined) xmlids.add(completeXmlid(name, module));
      else if (found.startsWith("ref")) computedRef = true;
    }
  }
  return { code, value: staticOf(code), xmlids: [...xmlids], computedRef };
}

/** `make_xml_id` of Odoo's `tools/convert.py`. */
export function completeXmlid(name: string, module: string): string {
  return name.includes(".") ? name : `${module}.${name}`;
}

/** The value of a literal; anything else is unknown. */
export function staticOf(code: string): Static {
  const unknown = { known: false, text: code } as const;
  if (!mayBeLiteral(code)) return unknown;
  try {
    const value = jsonOf(parsePythonLiteral(code, ""));
    return value === undefined ? unknown : { known: true, value };
  } catch (error) {
    if (error instanceof PlimsollError) return unknown;
    throw error;
  }
}

function withoutSpace(written: string): string {
  const code = written.trim();
  if (!/\s/.test(code)) return code;
  return code.replace(stringOrSpace, (found: string, at: number) => {
    if (!/^\s/.test(found)) return found;
    return /\w/.test(code[at - 1] ?? "") && /\w/.test(code[at + found.length] ?? "") ? " " : "";
  });
}

/** Spares most expressions the parser, which explains at length why they aren't literals. */
function mayBeLiteral(code: string): boolean {
  if (code === "") return false;
  for (const [found] of code.matchAll(stringOrName)) if (/^\w/.test(found) && !constants.has(found) && found.length > 2) return false;
  return true;
}

/** undefined: JSON can't carry it. */
function jsonOf(literal: PythonLiteral): Json | undefined {
  switch (literal.type) {
    case "none":
      return null;
    case "bool":
    case "str":
      return literal.value;
    case "int":
      return Number.isSafeInteger(Number(literal.value)) ? Number(literal.value) : undefined;
    case "float":
      return Number.isFinite(literal.value) ? literal.value : undefined;
    case "list":
    case "tuple":
      return allOf(literal.items.map(jsonOf));
    case "dict": {
      const names = literal.entries.map(([key]) => (key.type === "str" ? key.value : undefined));
      const values = allOf(literal.entries.map(([, value]) => jsonOf(value)));
      if (values === undefined || names.includes(undefined)) return undefined;
      return Object.fromEntries(names.map((name, index) => [name ?? "", values[index] ?? null]));
    }
    default:
      return undefined;
  }
}

function allOf(values: readonly (Json | undefined)[]): readonly Json[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Json[]);
}
