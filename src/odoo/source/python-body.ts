import { hash } from "node:crypto";
import { normalText } from "./python-normal.ts";
import type { FunctionStatement } from "./python-syntax.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

type Range = FunctionStatement["body"];

/** Tokens, without the one that ends them. */
export type TokenRange = Range;

const [open, dot, def, classs, superr, from, importt] = kindsOf("( . def class super from import");

/** Equal for bodies that differ only in comments or formatting. */
export function bodyDigest(tokens: Tokens, body: Range): string {
  return hash("sha256", normalText(tokens, body.from, body.to), "hex").slice(0, 32);
}

export function callsSuper(tokens: Tokens, body: Range): boolean {
  for (let at = body.from; at < body.to; at += 1) {
    const token = tokens.kinds[at];
    if (token === superr && tokens.kinds[at + 1] === open) return true;
    if (token === kind.string && isFormat(tokens, at) && /\bsuper\(/.test(textAt(tokens, at))) return true;
  }
  return false;
}

export interface BodyImport {
  readonly at: number;
  readonly dotted: { readonly level: number; readonly module: string; readonly names: readonly string[] };
}

/** `from … import …` of Odoo's addons or with leading dots. */
export function importsInBody(tokens: Tokens, body: Range): BodyImport[] {
  const found: BodyImport[] = [];
  for (let at = body.from; at < body.to; at += 1) {
    const before = tokens.kinds[at - 1] ?? 0;
    if (tokens.kinds[at] !== from || before < kind.newline || before > kind.dedent) continue;
    let end = at + 1;
    while (end < body.to && tokens.kinds[end] !== importt) end += 1;
    const path = tokens.code.slice(tokens.from[at + 1], tokens.to[end - 1]).replace(/\s/g, "");
    const [, dots = "", module = ""] = /^(\.*)([\w.]*)$/.exec(path) ?? [];
    if (dots === "" && !module.startsWith("odoo.addons.")) continue;
    const names: string[] = [];
    for (end += 1; end < body.to && tokens.kinds[end] !== kind.newline; end += 1)
      if (isName(tokens.kinds[end] ?? 0)) names.push(textAt(tokens, end));
    found.push({ at, dotted: { level: dots.length, module, names } });
  }
  return found;
}

/** Names with dots that are called; `.name`: called on something that has no name itself. */
export function callsIn(tokens: Tokens, body: Range): string[] {
  const found = new Set<string>();
  for (let at = body.from; at < body.to; at += 1) {
    const token = tokens.kinds[at] ?? 0;
    if (token === kind.string && isFormat(tokens, at))
      for (const field of formatFields(textAt(tokens, at)))
        for (const [, name = ""] of field.matchAll(/([A-Za-z_][\w.]*)\(/g)) found.add(name);
    if (token !== open || at === body.from || !isName(tokens.kinds[at - 1] ?? 0)) continue;
    let first = at - 1;
    while (first - 2 >= body.from && tokens.kinds[first - 1] === dot && isName(tokens.kinds[first - 2] ?? 0)) first -= 2;
    const before = first > body.from ? tokens.kinds[first - 1] : 0;
    if (before === def || before === classs) continue;
    let name = before === dot ? "." : "";
    for (let word = first; word < at; word += 1) name += textAt(tokens, word);
    found.add(name);
  }
  return [...found];
}

const loud =
  /^(?:SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE|DROP|TRUNCATE|WITH|LOCK|COPY|MERGE|GRANT|REVOKE|REINDEX|REFRESH|COMMENT|ANALYZE|VACUUM|DO|SET|CALL)\b/;
const quiet =
  /^(?:select\b[\s\S]*\bfrom\b|insert\s+into\b|update\s+(?:only\s+)?\S+\s[\s\S]*\bset\b|delete\s+from\b|alter\s+(?:table|index|sequence|view|type)\b|create\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|materialized\s+)*(?:table|index|view|sequence|function|trigger|extension)\b|drop\s+(?:table|index|view|sequence|constraint|materialized|function|trigger)\b|truncate\s+\S+|with\s+(?:recursive\s+)?\w+\s+as\s*\()/i;

/** Texts that begin like SQL, adjacent strings as one; of format strings as they are written. */
export function sqlIn(tokens: Tokens, body: Range): string[] {
  const found = new Set<string>();
  for (let at = body.from; at < body.to; at += 1) {
    if (tokens.kinds[at] !== kind.string) continue;
    let text = "";
    for (; at < body.to && tokens.kinds[at] === kind.string; at += 1) text += contentOf(textAt(tokens, at));
    const statement = text.replace(/^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, "");
    if (loud.test(statement) || quiet.test(statement)) found.add(text.trim());
  }
  return [...found];
}

/** What stands between the quotes, as written. */
export function contentOf(literal: string): string {
  const [, quote = ""] = /^[A-Za-z]*("""|'''|"|')/.exec(literal) ?? [];
  return literal.slice(literal.indexOf(quote) + quote.length, literal.length - quote.length);
}

/** What stands between the braces of a format string. */
function formatFields(literal: string): string[] {
  const fields: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < literal.length; at += 1) {
    const char = literal.charAt(at);
    if (char === "{" && depth === 0 && literal.charAt(at + 1) === "{") at += 1;
    else if (char === "{") {
      if (depth === 0) from = at + 1;
      depth += 1;
    } else if (char === "}" && depth > 0) {
      depth -= 1;
      if (depth === 0) fields.push(literal.slice(from, at));
    }
  }
  // One whose end isn't seen may hold anything.
  return depth > 0 ? [...fields, literal.slice(from)] : fields;
}

function textAt(tokens: Tokens, at: number): string {
  return tokens.code.slice(tokens.from[at], tokens.to[at]);
}

function isFormat(tokens: Tokens, at: number): boolean {
  const start = tokens.from[at] ?? 0;
  const [first, second] = [tokens.code.charCodeAt(start) | 32, tokens.code.charCodeAt(start + 1) | 32];
  return first === 102 || first === 116 || (first === 114 && (second === 102 || second === 116));
}
