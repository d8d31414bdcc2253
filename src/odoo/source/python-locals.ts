import { ExpressionParser } from "./python-expression.ts";
import { PythonFault } from "./python-fault.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";
import type { Place } from "./python-static.ts";
import type { Expression, FunctionStatement } from "./python-syntax.ts";
import type { Tokens } from "./python-tokens.ts";

type Range = FunctionStatement["body"];

const [from, importt, as, dot, open, close, bracket, unbracket, brace, unbrace, comma, star] = kindsOf("from import as . ( ) [ ] { } , *");
const [assign, add, walrus, colon, forr, inn, def, lambda, global, nonlocal, del, semicolon] = kindsOf(
  "= += := : for in def lambda global nonlocal del ;",
);

/** Names that a function imports when it runs, with where they come from. */
export function localImports(tokens: Tokens, body: Range): Map<string, string> {
  const found = new Map<string, string>();
  const text = (at: number): string => tokens.code.slice(tokens.from[at], tokens.to[at]);
  for (let at = body.from; at < body.to; at += 1) {
    if (!startsLine(tokens, at) || (tokens.kinds[at] !== from && tokens.kinds[at] !== importt)) continue;
    let module = "";
    let word = at + 1;
    if (tokens.kinds[at] === from) {
      for (; word < body.to && tokens.kinds[word] !== importt; word += 1) module += text(word);
      word += 1;
    }
    while (word < body.to && tokens.kinds[word] !== kind.newline && tokens.kinds[word] !== semicolon) {
      if (tokens.kinds[word] === star) found.set("*", module);
      if (!isName(tokens.kinds[word] ?? 0)) {
        word += 1;
        continue;
      }
      let name = text(word);
      for (word += 1; tokens.kinds[word] === dot; word += 2) name += `.${text(word + 1)}`;
      const path = module === "" ? name : `${module}.${name}`;
      if (tokens.kinds[word] === as) {
        found.set(text(word + 1), path);
        word += 2;
      } else found.set(name.split(".")[0] ?? name, module === "" ? (name.split(".")[0] ?? name) : path);
    }
  }
  return found;
}

/** That one name may stand for. */
const valuesMax = 50;

/** What a function assigns to its own names. */
export class LocalNames {
  readonly #assigned = new Map<string, Expression[]>();
  readonly #added = new Map<string, Expression[]>();
  /** Bound by something else than assignments. */
  readonly #otherwise = new Set<string>();
  readonly #tokens: Tokens;

  constructor(tokens: Tokens, { body, parameters }: FunctionStatement) {
    this.#tokens = tokens;
    for (const { name } of parameters) this.#otherwise.add(name.replace(/^\*+/, ""));
    for (let at = body.from; at < body.to; at += 1) this.#token(at, body.to);
  }

  /** Everything that a name may stand for; null: it can't be told; undefined: it is no name of this function. */
  values(name: string): { readonly assigned: readonly Expression[]; readonly added: readonly Expression[] } | null | undefined {
    if (this.#otherwise.has(name)) return null;
    const assigned = this.#assigned.get(name);
    const added = this.#added.get(name);
    if (assigned === undefined) return added === undefined ? undefined : null;
    if (assigned.length + (added?.length ?? 0) > valuesMax) return null;
    return { assigned, added: added ?? [] };
  }

  place(file: Place): Place {
    const place: Place = {
      tokens: file.tokens,
      lookUp: (name) => {
        const values = this.values(name.split(".")[0] ?? name);
        if (values === undefined) return file.lookUp(name);
        const [only, ...more] = values?.assigned ?? [];
        if (only === undefined || more.length > 0 || values?.added.length !== 0 || name.includes(".")) return null;
        return { expression: only, place };
      },
    };
    return place;
  }

  #token(at: number, to: number): void {
    const { kinds } = this.#tokens;
    const token = kinds[at] ?? 0;
    if (token === forr) for (let word = at + 1; word < to && kinds[word] !== inn && kinds[word] !== forr; word += 1) this.#bind(word);
    else if (token === as || token === global || token === nonlocal || token === del)
      for (let word = at + 1; word < to && isListed(kinds[word] ?? 0); word += 1) this.#bind(word);
    else if (token === def || token === lambda)
      for (let word = at + 1; word < to && !endsHeader(kinds[word] ?? 0); word += 1) this.#bind(word);
    else if (token === walrus) this.#bind(at - 1);
    else if (kinds[at - 1] !== colon && startsLine(this.#tokens, at)) this.#statement(at, to);
  }

  #bind(at: number): void {
    if (isName(this.#tokens.kinds[at] ?? 0)) this.#otherwise.add(this.#text(at));
  }

  #statement(start: number, to: number): void {
    const { kinds } = this.#tokens;
    const targets: [number, number][] = [];
    let [first, depth, at] = [start, 0, start];
    let extends_ = false;
    for (; at < to && kinds[at] !== kind.newline; at += 1) {
      const token = kinds[at];
      if (token === open || token === bracket || token === brace) depth += 1;
      else if (token === close || token === unbracket || token === unbrace) depth -= 1;
      else if (depth === 0 && token === semicolon) break;
      else if (depth === 0 && (token === assign || token === add)) {
        targets.push([first, at]);
        first = at + 1;
        extends_ = token === add;
      }
    }
    if (targets.length === 0) return;
    const value = this.#parse(first);
    for (const [begin, end] of targets) {
      const isPlain = end === begin + 1 || kinds[begin + 1] === colon;
      if (isPlain && isName(kinds[begin] ?? 0)) {
        if (value === null) this.#bind(begin);
        else this.#set(extends_ ? this.#added : this.#assigned, this.#text(begin), value);
      } else if (kinds[begin + 1] !== dot && kinds[begin + 1] !== bracket)
        for (let word = begin; word < end; word += 1) if (kinds[word - 1] !== dot) this.#bind(word);
    }
  }

  #set(into: Map<string, Expression[]>, name: string, value: Expression): void {
    const there = into.get(name);
    if (there === undefined) into.set(name, [value]);
    else there.push(value);
  }

  #parse(at: number): Expression | null {
    const parser = new ExpressionParser(this.#tokens);
    parser.at = at;
    try {
      return parser.list();
    } catch (error) {
      if (error instanceof PythonFault) return null;
      throw error;
    }
  }

  #text(at: number): string {
    return this.#tokens.code.slice(this.#tokens.from[at], this.#tokens.to[at]);
  }
}

/** Of parameters; a lambda in them has its own. */
function endsHeader(token: number): boolean {
  return token === colon || token === def || token === lambda || token === kind.newline;
}

function isListed(token: number): boolean {
  return isName(token) || token === comma || token === open || token === close;
}

/** Also behind `;` and behind the colon of a block in one line. */
function startsLine(tokens: Tokens, at: number): boolean {
  const token = tokens.kinds[at] ?? kind.end;
  if (token >= kind.newline && token <= kind.dedent) return false;
  const before = tokens.kinds[at - 1] ?? kind.newline;
  return (before >= kind.newline && before <= kind.dedent) || before === semicolon || before === colon;
}
