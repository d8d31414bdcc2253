import { PlimsollError } from "../../domain/shared/errors.ts";
import { decodeBytesLiteral, decodeStringLiteral } from "./python-string.ts";

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What `ast.literal_eval` can give, with the place where it was written. */
export type PythonLiteral =
  | { readonly type: "none" | "ellipsis"; readonly at: Position }
  | { readonly type: "bool"; readonly value: boolean; readonly at: Position }
  | { readonly type: "int"; readonly value: bigint; readonly at: Position }
  | { readonly type: "float"; readonly value: number; readonly at: Position }
  | { readonly type: "complex"; readonly real: number; readonly imaginary: number; readonly at: Position }
  | { readonly type: "str"; readonly value: string; readonly at: Position }
  | { readonly type: "bytes"; readonly value: readonly number[]; readonly at: Position }
  | { readonly type: "list" | "tuple" | "set"; readonly items: readonly PythonLiteral[]; readonly at: Position }
  | { readonly type: "dict"; readonly entries: readonly (readonly [PythonLiteral, PythonLiteral])[]; readonly at: Position };

/** Deeper than any manifest; CPython itself stops at 200 open brackets. */
const depthMax = 100;

/** The largest manifest of Odoo 19 itself has 26 kB. */
const charactersMax = 1024 * 1024;

const numberPattern =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?[jJ]?)/y;
const namePattern = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const stringPrefixes: readonly string[] = ["", "r", "u", "b", "br", "rb"];

/**
 * Reads one Python literal as `ast.literal_eval` of CPython 3.11 does, without executing anything.
 *
 * @param file named in errors: `file:line:column`
 * @throws RELEASE_MANIFEST_BROKEN for anything that is not a literal, and for what is too large or nested too deep
 */
export function parsePythonLiteral(source: string, file: string): PythonLiteral {
  if (source.length > charactersMax) {
    throw broken(file, { line: 1, column: 1 }, `it has ${source.length} characters, more than ${charactersMax}`);
  }
  return new LiteralParser(source.replace(/\r\n?/g, "\n"), file).whole();
}

/** The error of a manifest that Odoo could not use. */
export function broken(file: string, at: Position, what: string, fix?: string): PlimsollError {
  return new PlimsollError("RELEASE_MANIFEST_BROKEN", `${file}:${at.line}:${at.column}: the manifest can't be read: ${what}.`, {
    why: "A manifest is one Python dictionary of literals; Odoo evaluates nothing else and does not see a module whose manifest it can't read.",
    fix: fix ?? "Correct the manifest at this place.",
    facts: { file, line: at.line, column: at.column },
  });
}

class LiteralParser {
  readonly #text: string;
  readonly #file: string;
  readonly #lineStarts: readonly number[];
  #offset = 0;
  #depth = 0;
  /** Numbers that carry a sign already: Python takes only one. */
  readonly #signed = new Set<PythonLiteral>();

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];
  }

  whole(): PythonLiteral {
    this.#skipSpace();
    this.#refuseIndentation();
    if (this.#offset >= this.#text.length) throw this.#error("it is empty");
    const literal = this.#value();
    this.#skipSpace();
    // A bare tuple (`{…},`) is a literal too, but never a manifest.
    if (this.#offset < this.#text.length) throw this.#notLiteral();
    return literal;
  }

  #value(): PythonLiteral {
    this.#skipSpace();
    const character = this.#peek();
    if (character === "+" || character === "-") return this.#complexTail(this.#sign(character));
    const value = this.#atom();
    return this.#complexTail(value);
  }

  #sign(sign: "+" | "-"): PythonLiteral {
    const at = this.#position();
    this.#offset += 1;
    this.#skipSpace();
    if (/[+\-~]/.test(this.#peek())) throw this.#notLiteral();
    const number = this.#atom();
    if (this.#signed.has(number) || !isNumber(number))
      throw this.#error(`the sign "${sign}" stands before something that is not a number`, at);
    const result = sign === "-" ? negative(number, at) : { ...number, at };
    this.#signed.add(result);
    return result;
  }

  /** `1+2j`, the only operation that a literal may have. */
  #complexTail(left: PythonLiteral): PythonLiteral {
    if (left.type !== "int" && left.type !== "float") return left;
    const before = this.#offset;
    this.#skipSpace();
    const operator = this.#peek();
    if (operator !== "+" && operator !== "-") {
      this.#offset = before;
      return left;
    }
    const at = this.#position();
    this.#offset += 1;
    this.#skipSpace();
    const right = /[0-9.(]/.test(this.#peek()) ? this.#atom() : null;
    if (right?.type !== "complex" || this.#signed.has(right))
      throw this.#error(`an expression with the operator "${operator}" is not a literal`, at);
    const result: PythonLiteral = {
      type: "complex",
      real: Number(left.value),
      imaginary: operator === "-" ? -right.imaginary : right.imaginary,
      at: left.at,
    };
    this.#signed.add(result);
    return result;
  }

  #atom(): PythonLiteral {
    const at = this.#position();
    const character = this.#peek();
    if (character === "") throw this.#error("it ends in the middle of a value");
    if (character === "{") return this.#nested(() => this.#braces(at));
    if (character === "[") return this.#nested(() => ({ type: "list", items: this.#items("]").items, at }));
    if (character === "(") return this.#nested(() => this.#parentheses(at));
    if (character === '"' || character === "'") return this.#strings(at);
    if (/[0-9]/.test(character) || /\.[0-9]/.test(this.#text.slice(this.#offset, this.#offset + 2))) return this.#number();
    if (this.#text.startsWith("...", this.#offset)) {
      this.#offset += 3;
      return { type: "ellipsis", at };
    }
    const name = this.#match(namePattern);
    if (name === null) throw this.#notLiteral();
    return this.#named(name, at);
  }

  #named(name: string, at: Position): PythonLiteral {
    const next = this.#text[this.#offset + name.length];
    if (next === '"' || next === "'") return this.#strings(at);
    if (name === "None" || name === "True" || name === "False") {
      this.#offset += name.length;
      return name === "None" ? { type: "none", at } : { type: "bool", value: name === "True", at };
    }
    const rest = this.#text.slice(this.#offset + name.length);
    const emptySet = name === "set" ? /^[ \t\n\f]*\([ \t\n\f]*\)/.exec(rest) : null;
    if (emptySet !== null) {
      this.#offset += name.length + emptySet[0].length;
      return { type: "set", items: [], at };
    }
    throw this.#error(
      /^[ \t]*\(/.test(rest) ? `found the call "${name}(…)", which is not a literal` : `found the name "${name}", which is not a literal`,
    );
  }

  #nested(read: () => PythonLiteral): PythonLiteral {
    this.#depth += 1;
    if (this.#depth > depthMax) throw this.#error(`brackets are nested deeper than ${depthMax}`);
    this.#offset += 1;
    const literal = read();
    this.#depth -= 1;
    return literal;
  }

  #parentheses(at: Position): PythonLiteral {
    const { items, comma } = this.#items(")");
    const only = items[0];
    return items.length === 1 && !comma && only !== undefined ? only : { type: "tuple", items, at };
  }

  #items(close: string): { readonly items: readonly PythonLiteral[]; readonly comma: boolean } {
    const items: PythonLiteral[] = [];
    let comma = false;
    for (;;) {
      this.#skipSpace();
      if (this.#peek() === close) {
        this.#offset += 1;
        return { items, comma };
      }
      if (items.length > 0 && !comma) throw this.#notLiteral();
      items.push(this.#value());
      comma = this.#comma();
    }
  }

  #braces(at: Position): PythonLiteral {
    const entries: (readonly [PythonLiteral, PythonLiteral])[] = [];
    const items: PythonLiteral[] = [];
    let comma = true;
    for (;;) {
      this.#skipSpace();
      if (this.#peek() === "}") break;
      if (!comma) throw this.#notLiteral();
      const key = this.#value();
      if (!isHashable(key)) throw this.#error(`a ${key.type} can't be a key or a member of a set`, key.at);
      this.#skipSpace();
      if (items.length === 0 && this.#peek() === ":") {
        this.#offset += 1;
        entries.push([key, this.#value()]);
      } else if (entries.length === 0) {
        items.push(key);
      } else {
        throw this.#peek() === "," || this.#peek() === "}" ? this.#error("a key has no value", key.at) : this.#notLiteral();
      }
      comma = this.#comma();
    }
    this.#offset += 1;
    return items.length > 0 ? { type: "set", items, at } : { type: "dict", entries, at };
  }

  #comma(): boolean {
    this.#skipSpace();
    if (this.#peek() !== ",") return false;
    this.#offset += 1;
    return true;
  }

  #number(): PythonLiteral {
    const at = this.#position();
    const text = this.#match(numberPattern) ?? "";
    const end = this.#offset + text.length;
    const follows = this.#text.slice(end, end + 1);
    if (text === "" || /[\p{ID_Continue}]/u.test(follows)) throw this.#error("found a malformed number");
    this.#offset = end;
    const plain = text.replaceAll("_", "");
    if (/^0[xXoObB]/.test(plain)) return { type: "int", value: BigInt(plain.toLowerCase()), at };
    if (/[jJ]$/.test(plain)) return { type: "complex", real: 0, imaginary: Number(plain.slice(0, -1)), at };
    if (/[.eE]/.test(plain)) return { type: "float", value: Number(plain), at };
    if (/^0+[1-9]/.test(plain)) throw this.#error("found a decimal number with leading zeros", at);
    // CPython refuses longer decimal integers (sys.int_info.default_max_str_digits): their conversion takes quadratic time.
    if (plain.length > 4300) throw this.#error("found a number with more than 4300 digits", at);
    return { type: "int", value: BigInt(plain), at };
  }

  /** Adjacent strings are one string. */
  #strings(at: Position): PythonLiteral {
    const texts: string[] = [];
    const bytes: number[] = [];
    let kind: "str" | "bytes" | null = null;
    for (;;) {
      const one = this.#string();
      if (kind !== null && one.type !== kind) throw this.#error("text and bytes stand side by side", at);
      kind = one.type;
      if (one.type === "str") texts.push(one.value);
      else for (const byte of one.value) bytes.push(byte);
      const before = this.#offset;
      this.#skipSpace();
      if (!this.#startsString()) {
        this.#offset = before;
        break;
      }
    }
    return kind === "str" ? { type: "str", value: texts.join(""), at } : { type: "bytes", value: bytes, at };
  }

  #startsString(): boolean {
    const name = this.#match(namePattern) ?? "";
    const quote = this.#text[this.#offset + name.length];
    return quote === '"' || quote === "'";
  }

  #string(): { readonly type: "str"; readonly value: string } | { readonly type: "bytes"; readonly value: readonly number[] } {
    const at = this.#position();
    const written = this.#match(namePattern) ?? "";
    const prefix = written.toLowerCase();
    if (!stringPrefixes.includes(prefix)) {
      throw this.#error(
        prefix.includes("f") ? "found an f-string, which is not a literal" : `found a string with the unknown prefix "${written}"`,
        at,
      );
    }
    this.#offset += written.length;
    const body = this.#quoted(at);
    const raw = prefix.includes("r");
    const fail = (what: string): never => {
      throw this.#error(what, at);
    };
    if (prefix.includes("b")) return { type: "bytes", value: decodeBytesLiteral(body, raw, fail) };
    return { type: "str", value: decodeStringLiteral(body, raw, fail) };
  }

  /** The characters between the quotes as they are written; the offset moves behind the closing quote. */
  #quoted(at: Position): string {
    const quote = this.#peek();
    const triple = this.#text.startsWith(quote.repeat(3), this.#offset);
    const close = triple ? quote.repeat(3) : quote;
    const start = this.#offset + close.length;
    for (let index = start; index < this.#text.length; index += 1) {
      const character = this.#text[index];
      if (character === "\\") index += 1;
      else if (character === "\n" && !triple) throw this.#error("a string is not closed on its line", at);
      else if (this.#text.startsWith(close, index)) {
        this.#offset = index + close.length;
        return this.#text.slice(start, index);
      }
    }
    throw this.#error("a string is never closed", at);
  }

  /** White space, comments and joined lines. At the top level a new line ends the value, which `whole` notices. */
  #skipSpace(): void {
    for (;;) {
      const character = this.#peek();
      if (character === " " || character === "\t" || character === "\n" || character === "\f") this.#offset += 1;
      else if (character === "\\" && this.#text[this.#offset + 1] === "\n") this.#offset += 2;
      else if (character === "#") {
        const end = this.#text.indexOf("\n", this.#offset);
        const comment = this.#text.slice(this.#offset, end === -1 ? undefined : end);
        if (comment.includes("\0")) throw this.#error("found a null byte");
        this.#offset = end === -1 ? this.#text.length : end;
      } else return;
    }
  }

  /** `ast.literal_eval` strips blanks before the first line only; a value that begins further down must begin in column 1. */
  #refuseIndentation(): void {
    const lineStart = this.#text.lastIndexOf("\n", this.#offset - 1) + 1;
    const before = this.#text.slice(lineStart, this.#offset).replace(/^.*\f/, "");
    if (lineStart > 0 && before !== "") throw this.#error("the first value is indented, which Python refuses");
  }

  #peek(): string {
    return this.#text[this.#offset] ?? "";
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#text)?.[0] ?? null;
  }

  #position(): Position {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#lineStarts[middle] ?? 0) <= this.#offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: this.#offset - (this.#lineStarts[low] ?? 0) + 1 };
  }

  #notLiteral(): PlimsollError {
    const point = this.#text.codePointAt(this.#offset);
    if (point === undefined) return this.#error("it ends in the middle of a value: a bracket is not closed");
    const name = this.#match(namePattern);
    if (name !== null) return this.#error(`found "${name}" where a comma or a bracket belongs`);
    const character = String.fromCodePoint(point);
    const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
    return this.#error(
      /[\x20-\x7e]/.test(character) ? `found "${character}", which has no place in a literal here` : `found the character ${code}`,
    );
  }

  #error(what: string, at: Position = this.#position()): PlimsollError {
    return broken(this.#file, at, what);
  }
}

type PythonNumber = Extract<PythonLiteral, { readonly type: "int" | "float" | "complex" }>;

function isNumber(literal: PythonLiteral): literal is PythonNumber {
  return literal.type === "int" || literal.type === "float" || literal.type === "complex";
}

function negative(number: PythonNumber, at: Position): PythonNumber {
  if (number.type === "complex") return { ...number, real: -number.real, imaginary: -number.imaginary, at };
  return number.type === "int" ? { ...number, value: -number.value, at } : { ...number, value: -number.value, at };
}

function isHashable(literal: PythonLiteral): boolean {
  if (literal.type === "tuple") return literal.items.every(isHashable);
  return literal.type !== "list" && literal.type !== "set" && literal.type !== "dict";
}
