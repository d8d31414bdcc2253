import { isDigit, isNamePart, isNameStart, otherName, shown } from "./python-characters.ts";
import { PythonFault } from "./python-fault.ts";
import { scanString } from "./python-quotes.ts";
import { kind, kindOf, knownKind } from "./python-kinds.ts";

/**
 * The tokens of a file as CPython's tokenizer sees them, without comments and without line ends inside brackets. Parallel arrays, because a
 * release has millions of them. Of an indent `to` is the index of its dedent, so that a block can be passed over at once.
 */
export interface Tokens {
  readonly code: string;
  readonly kinds: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly count: number;
}

const operators = new Set(
  "( ) [ ] { } , : . ; @ = -> + - * / // % ** >> << & | ^ ~ < > <= >= == != += -= *= /= //= %= @= &= |= ^= >>= <<= **= := ..."
    .split(" ")
    .map(kindOf),
);

/** Operators that begin no longer one. */
const single = new Set("( ) [ ] { } , ; ~".split(" ").map(kindOf));

const tabSize = 8;
/** CPython's own limits (`Parser/tokenizer.h`). */
const bracketsMax = 200;
const indentsMax = 100;

/** @throws PythonFault */
export function tokenize(code: string): Tokens {
  return new Scanner(code).scan();
}

class Scanner {
  readonly #code: string;
  #kinds: Int32Array;
  #from: Int32Array;
  #to: Int32Array;
  #count = 0;
  readonly #brackets: number[] = [];
  /** Columns of the open blocks, with the index of the indent that opened each. */
  readonly #indents: { readonly column: number; readonly strict: number; readonly token: number }[] = [{ column: 0, strict: 0, token: -1 }];

  constructor(code: string) {
    this.#code = code;
    const guess = Math.ceil(code.length / 6) + 16;
    this.#kinds = new Int32Array(guess);
    this.#from = new Int32Array(guess);
    this.#to = new Int32Array(guess);
  }

  scan(): Tokens {
    const code = this.#code;
    const nothing = code.indexOf("\0");
    if (nothing !== -1) throw new PythonFault("source code cannot contain null bytes", nothing);
    let at = this.#indentation(0);
    while (at < code.length) {
      const char = code.charCodeAt(at);
      if (char === 32 || char === 9 || char === 12) at += 1;
      else if (char === 10) {
        at += 1;
        if (this.#brackets.length > 0) continue;
        this.#add(kind.newline, at - 1, at);
        at = this.#indentation(at);
      } else if (char === 35) at = this.#lineEnd(at);
      else if (char === 92) {
        if (code.charCodeAt(at + 1) !== 10) throw new PythonFault("unexpected character after line continuation character", at);
        at += 2;
        if (at >= code.length) throw new PythonFault("unexpected end of file", at);
      } else if (isNameStart(char)) at = this.#word(at);
      else if (char === 34 || char === 39) at = this.#string(at, at);
      else if (isDigit(char) || (char === 46 && isDigit(code.charCodeAt(at + 1)))) at = this.#number(at);
      else at = this.#operator(at, char);
    }
    const open = this.#brackets.at(-1);
    if (open !== undefined) throw new PythonFault(`'${code[open]}' was never closed`, open);
    if (this.#count > 0 && this.#kinds[this.#count - 1] !== kind.newline && this.#kinds[this.#count - 1] !== kind.dedent)
      this.#add(kind.newline, at, at);
    this.#dedent(0, 0, at);
    this.#add(kind.end, at, at);
    return { code, kinds: this.#kinds, from: this.#from, to: this.#to, count: this.#count };
  }

  #add(token: number, from: number, to: number): void {
    if (this.#count === this.#kinds.length) this.#grow();
    this.#kinds[this.#count] = token;
    this.#from[this.#count] = from;
    this.#to[this.#count] = to;
    this.#count += 1;
  }

  #grow(): void {
    const larger = (old: Int32Array): Int32Array => {
      const array = new Int32Array(old.length * 2);
      array.set(old);
      return array;
    };
    [this.#kinds, this.#from, this.#to] = [larger(this.#kinds), larger(this.#from), larger(this.#to)];
  }

  #lineEnd(at: number): number {
    const end = this.#code.indexOf("\n", at);
    return end === -1 ? this.#code.length : end;
  }

  /** At the start of a line: passes blank lines, opens and closes blocks. */
  #indentation(start: number): number {
    const code = this.#code;
    let [at, column, strict] = [start, 0, 0];
    // A joined line keeps the indentation that it began with, unless that is none.
    let [joined, joinedStrict] = [0, 0];
    for (;;) {
      const char = code.charCodeAt(at);
      if (char === 32) {
        column += 1;
        strict += 1;
      } else if (char === 9) [column, strict] = [(Math.floor(column / tabSize) + 1) * tabSize, strict + 1];
      else if (char === 12) [column, strict] = [0, 0];
      else if (char === 35) at = this.#lineEnd(at) - 1;
      else if (char === 10) [column, strict, joined, joinedStrict] = [0, 0, 0, 0];
      else if (char === 92 && code.charCodeAt(at + 1) === 10) {
        if (joined === 0) [joined, joinedStrict] = [column, strict];
        at += 1;
        if (at + 1 >= code.length) throw new PythonFault("unexpected end of file", at);
      } else break;
      at += 1;
    }
    if (joined > 0) [column, strict] = [joined, joinedStrict];
    if (at >= code.length) return code.length;
    const current = this.#indents.at(-1) ?? { column: 0, strict: 0, token: -1 };
    if (column === current.column) {
      if (strict !== current.strict) throw new PythonFault("inconsistent use of tabs and spaces in indentation", at);
    } else if (column > current.column) {
      if (strict <= current.strict) throw new PythonFault("inconsistent use of tabs and spaces in indentation", at);
      if (this.#indents.length >= indentsMax) throw new PythonFault("too many levels of indentation", at);
      this.#indents.push({ column, strict, token: this.#count });
      this.#add(kind.indent, at, at);
    } else this.#dedent(column, strict, at);
    return at;
  }

  #dedent(column: number, strict: number, at: number): void {
    for (let top = this.#indents.at(-1); top !== undefined && top.column > column; top = this.#indents.at(-1)) {
      this.#to[top.token] = this.#count;
      this.#add(kind.dedent, at, at);
      this.#indents.pop();
    }
    const top = this.#indents.at(-1);
    if (top?.column !== column) throw new PythonFault("unindent does not match any outer indentation level", at);
    if (top.strict !== strict) throw new PythonFault("inconsistent use of tabs and spaces in indentation", at);
  }

  #word(start: number): number {
    const code = this.#code;
    let [at, value] = [start, 0];
    for (;;) {
      const char = code.charCodeAt(at);
      if (!isNamePart(char)) break;
      if (char > 127) at = otherName(code, at, at === start);
      value = (Math.imul(value, 31) + char) | 0;
      at += 1;
    }
    const next = code.charCodeAt(at);
    if ((next === 34 || next === 39) && at - start <= 2 && /^(?:[bfrut]|[bft]r|r[bft])$/i.test(code.slice(start, at)))
      return this.#string(start, at);
    this.#add(knownKind(value, code, start, at), start, at);
    return at;
  }

  #string(start: number, quote: number): number {
    const end = scanString(this.#code, start, quote, 0);
    this.#add(kind.string, start, end);
    return end;
  }

  #number(start: number): number {
    const code = this.#code;
    let at = start;
    while (isDigit(code.charCodeAt(at))) at += 1;
    const next = code.charCodeAt(at);
    if (next === 46 || isNamePart(next) || (code.charCodeAt(start) === 48 && at - start > 1)) {
      numberPattern.lastIndex = start;
      const text = numberPattern.exec(code)?.[0] ?? "";
      at = start + text.length;
      if (text === "" || /^0[0-9_]*[1-9][0-9_]*$/.test(text)) throw new PythonFault("invalid number", start);
      // `1if x else y` is Python still; `1abc` isn't.
      if (isNamePart(code.charCodeAt(at)) && !/^(?:and|else|for|if|in|is|not|or)\b/.test(code.slice(at, at + 5)))
        throw new PythonFault("invalid decimal literal", start);
    }
    this.#add(kind.number, start, at);
    return at;
  }

  #operator(at: number, char: number): number {
    if (single.has(char)) {
      this.#bracket(at, char);
      this.#add(char, at, at + 1);
      return at + 1;
    }
    const second = this.#code.charCodeAt(at + 1) || 0;
    const third = this.#code.charCodeAt(at + 2) || 0;
    let length = 0;
    let token = 0;
    if (third !== 0 && third < 128 && second < 128 && operators.has((token = char | (second << 8) | (third << 16)))) length = 3;
    else if (second !== 0 && second < 128 && operators.has((token = char | (second << 8)))) length = 2;
    else if (operators.has((token = char))) length = 1;
    else throw new PythonFault(`invalid character '${shown(this.#code, at)}'`, at);
    this.#add(token, at, at + length);
    return at + length;
  }

  #bracket(at: number, char: number): void {
    if (char === 40 || char === 91 || char === 123) {
      if (this.#brackets.length >= bracketsMax) throw new PythonFault("too many nested parentheses", at);
      this.#brackets.push(at);
    } else if (char === 41 || char === 93 || char === 125) {
      const open = this.#brackets.pop();
      const opener = char === 41 ? 40 : char - 2;
      if (open === undefined || this.#code.charCodeAt(open) !== opener)
        throw new PythonFault(`unmatched '${String.fromCharCode(char)}'`, at);
    }
  }
}

const numberPattern =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?[jJ]?/y;
