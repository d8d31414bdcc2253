import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Static } from "../../domain/release/module-source.ts";
import { contentOf } from "./python-body.ts";
import { normalText } from "./python-normal.ts";
import { decodeStringLiteral } from "./python-string.ts";
import { dottedName, type Expression } from "./python-syntax.ts";
import type { Tokens } from "./python-tokens.ts";

/** Where an expression stands, and what names mean there. */
export interface Place {
  readonly tokens: Tokens;
  /** What a name, with or without dots, stands for; null: it can't be told. */
  readonly lookUp: (name: string) => { readonly expression: Expression; readonly place: Place } | null;
}

/** Values that names multiply: `b = a + a`, `c = b + b` … */
const piecesMax = 20_000;
const charactersMax = 1_000_000;
const namesMax = 20;
const deepest = 200;

/** Thrown so often that making it each time, with its stack, would be a cost of its own. */
const notStatic = new Error("The value can't be told without running Python.");

interface Budget {
  pieces: number;
  characters: number;
}

export function staticValue(expression: Expression, place: Place): Static {
  const value = known(expression, place);
  return value === undefined ? { known: false, text: textOf(expression, place) } : { known: true, value };
}

export function textOf(expression: Expression, place: Place): string {
  return normalText(place.tokens, expression.from, expression.to);
}

/** undefined: it can't be told without running Python. */
export function known(expression: Expression, place: Place): Json | undefined {
  try {
    return valueOf(expression, place, { pieces: piecesMax, characters: charactersMax }, 0, 0);
  } catch (error) {
    if (error === notStatic) return undefined;
    throw error;
  }
}

function valueOf(expression: Expression, place: Place, budget: Budget, names: number, depth: number): Json {
  budget.pieces -= 1;
  if (budget.pieces < 0 || depth > deepest) throw notStatic;
  const sub = (one: Expression): Json => valueOf(one, place, budget, names, depth + 1);
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "number":
      return numberOf(place.tokens.code.slice(place.tokens.from[expression.at], place.tokens.to[expression.at]));
    case "negative": {
      const value = sub(expression.of);
      if (typeof value !== "number") throw notStatic;
      return value === 0 ? 0 : -value;
    }
    case "string":
      return stringOf(expression.parts, place, budget, names);
    case "list":
    case "tuple":
    case "set":
      return expression.items.flatMap((item) => {
        if (item.kind !== "star") return [sub(item)];
        const value = sub(item.of);
        if (!Array.isArray(value)) throw notStatic;
        budget.pieces -= value.length;
        return value as Json[];
      });
    case "dict":
      return dictOf(expression.entries, sub, budget);
    case "sum":
      return sumOf(expression.items.map(sub), budget);
    case "name":
    case "attribute": {
      const name = dottedName(expression);
      const found = name === null || names > namesMax ? null : place.lookUp(name);
      if (found === null) throw notStatic;
      return valueOf(found.expression, found.place, budget, names + 1, depth + 1);
    }
    default:
      throw notStatic;
  }
}

function numberOf(written: string): number {
  const text = written.replaceAll("_", "");
  const value = Number(text);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.e]/i.test(text))) throw notStatic;
  return value;
}

function stringOf(parts: readonly number[], place: Place, budget: Budget, names: number): string {
  const { code, from, to } = place.tokens;
  const fail = (): never => {
    throw notStatic;
  };
  let text = "";
  for (const part of parts) {
    const literal = code.slice(from[part], to[part]);
    const [prefix = ""] = /^[A-Za-z]*/.exec(literal) ?? [];
    if (/[bBtT]/.test(prefix)) fail();
    const decode = (written: string): string => decodeStringLiteral(written, /[rR]/.test(prefix), fail);
    text += /[fF]/.test(prefix) ? formatted(contentOf(literal), decode, place, budget, names) : decode(contentOf(literal));
  }
  budget.characters -= text.length;
  return budget.characters < 0 ? fail() : text;
}

/** A format string whose fields are nothing but names of texts. */
function formatted(content: string, decode: (written: string) => string, place: Place, budget: Budget, names: number): string {
  return content
    .split(/(\{\{|\}\}|\{[^{}]*\})/)
    .map((piece, index) => {
      if (index % 2 === 0) return decode(piece);
      if (piece === "{{" || piece === "}}") return piece.charAt(0);
      const [, name] = /^\{\s*([A-Za-z_][\w.]*)\s*\}$/.exec(piece) ?? [];
      const found = name === undefined || names > namesMax ? null : place.lookUp(name);
      const value = found === null ? null : valueOf(found.expression, found.place, budget, names + 1, 0);
      if (typeof value !== "string") throw notStatic;
      return value;
    })
    .join("");
}

function dictOf(
  entries: readonly { readonly key: Expression | null; readonly value: Expression }[],
  sub: (one: Expression) => Json,
  budget: Budget,
): Json {
  const found = new Map<string, Json>();
  for (const { key, value } of entries) {
    if (key === null) {
      const mapping = sub(value);
      if (mapping === null || typeof mapping !== "object" || Array.isArray(mapping)) throw notStatic;
      for (const [name, one] of Object.entries(mapping)) found.set(name, one as Json);
      budget.pieces -= Object.keys(mapping).length;
      continue;
    }
    const name = sub(key);
    if (typeof name !== "string") throw notStatic;
    found.set(name, sub(value));
  }
  return Object.fromEntries(found);
}

function sumOf(values: readonly Json[], budget: Budget): Json {
  const [first] = values;
  if (typeof first === "string") {
    if (!values.every((value) => typeof value === "string")) throw notStatic;
    const text = values.join("");
    budget.characters -= text.length;
    if (budget.characters < 0) throw notStatic;
    return text;
  }
  if (values.every((value) => typeof value === "number")) return values.reduce((sum, value) => sum + value, 0);
  if (!values.every((value) => Array.isArray(value))) throw notStatic;
  const items = values.flat() as Json[];
  budget.pieces -= items.length;
  if (budget.pieces < 0) throw notStatic;
  return items;
}
