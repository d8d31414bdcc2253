import { quoted } from "./postgres-names.ts";

/** `format_type` of a column; undefined: there is no such column. */
export type ColumnTypes = (column: string) => string | undefined;

interface Node {
  readonly text: string;
  readonly type: string;
  /** A number or a text as it stands, which takes the type of what it is compared with. */
  readonly literal?: "number" | "text";
  readonly chain?: { readonly word: "AND" | "OR"; readonly items: readonly string[] };
}

const token =
  /\s+|(?<text>'(?:[^']|'')*')|(?<name>[A-Za-z_][A-Za-z0-9_]*|"[^"]+")|(?<number>\d+(?:\.\d+)?)|(?<sign><=|>=|<>|!=|[-+*/=<>(),])/y;
const longest = 2_000;
const deepest = 50;

class NotTold extends Error {}

/**
 * An SQL condition as PostgreSQL writes it back (`pg_get_expr`): brackets around every operation, casts where types differ. Of plain
 * comparisons only; null: there is more in it.
 */
export function deparseExpression(text: string, types: ColumnTypes): string | null {
  if (text.length > longest) return null;
  try {
    const parser = new ConditionParser(tokensOf(text), types);
    return parser.whole().text;
  } catch (error) {
    if (error instanceof NotTold) return null;
    throw error;
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) throw new NotTold();
    if (match[0].trim() !== "") tokens.push(match[0]);
  }
  return tokens;
}

const numbers: readonly string[] = ["integer", "numeric", "double precision"];

class ConditionParser {
  readonly #tokens: readonly string[];
  readonly #types: ColumnTypes;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], types: ColumnTypes) {
    this.#tokens = tokens;
    this.#types = types;
  }

  whole(): Node {
    const node = this.#either();
    if (this.#at < this.#tokens.length) throw new NotTold();
    return node;
  }

  #word(...words: readonly string[]): boolean {
    const there = words.every((word, index) => this.#tokens[this.#at + index]?.toLowerCase() === word);
    if (there) this.#at += words.length;
    return there;
  }

  #either(): Node {
    return this.#chain("OR", () => this.#chain("AND", () => this.#not()));
  }

  #chain(word: "AND" | "OR", next: () => Node): Node {
    const first = next();
    const items = first.chain?.word === word ? [...first.chain.items] : [first.text];
    if (!this.#word(word.toLowerCase())) return first;
    do items.push(next().text);
    while (this.#word(word.toLowerCase()));
    return { text: `(${items.join(` ${word} `)})`, type: "boolean", chain: { word, items } };
  }

  #not(): Node {
    return this.#word("not") ? { text: `(NOT ${this.#not().text})`, type: "boolean" } : this.#comparison();
  }

  #comparison(): Node {
    const left = this.#sum();
    if (this.#word("is")) {
      const not = this.#word("not") ? "NOT " : "";
      for (const word of ["null", "true", "false"])
        if (this.#word(word)) return { text: `(${left.text} IS ${not}${word.toUpperCase()})`, type: "boolean" };
      throw new NotTold();
    }
    if (this.#word("not", "in")) return this.#among(left, "<> ALL");
    if (this.#word("in")) return this.#among(left, "= ANY");
    if (this.#word("between")) {
      const low = compared(left, ">=", this.#sum());
      if (!this.#word("and")) throw new NotTold();
      const items = [low, compared(left, "<=", this.#sum())];
      return { text: `(${items.join(" AND ")})`, type: "boolean", chain: { word: "AND", items } };
    }
    const sign = this.#tokens[this.#at] ?? "";
    if (!/^(?:[<>]=?|=|<>|!=)$/.test(sign)) return left;
    this.#at += 1;
    return { text: compared(left, sign === "!=" ? "<>" : sign, this.#sum()), type: "boolean" };
  }

  #among(left: Node, sign: string): Node {
    const items: Node[] = [];
    if (!this.#word("(")) throw new NotTold();
    do items.push(this.#value());
    while (this.#word(","));
    if (!this.#word(")")) throw new NotTold();
    const type = left.type.replace(/\(.*\)/, "");
    if (type === "integer" && items.every((item) => /^\d+$/.test(item.text))) {
      return { text: `(${left.text} ${sign} (ARRAY[${items.map((item) => item.text).join(", ")}]))`, type: "boolean" };
    }
    if (!items.every((item) => item.literal === "text")) throw new NotTold();
    const list = `ARRAY[${items.map((item) => `${item.text}::${type}`).join(", ")}]`;
    if (type === "text") return { text: `(${left.text} ${sign} (${list}))`, type: "boolean" };
    if (type !== "character varying") throw new NotTold();
    return { text: `((${left.text})::text ${sign} ((${list})::text[]))`, type: "boolean" };
  }

  #sum(): Node {
    let node = this.#product();
    for (let sign = this.#tokens[this.#at]; sign === "+" || sign === "-"; sign = this.#tokens[this.#at]) {
      this.#at += 1;
      node = calculated(node, sign, this.#product());
    }
    return node;
  }

  #product(): Node {
    let node = this.#value();
    for (let sign = this.#tokens[this.#at]; sign === "*" || sign === "/"; sign = this.#tokens[this.#at]) {
      this.#at += 1;
      node = calculated(node, sign, this.#value());
    }
    return node;
  }

  #value(): Node {
    if ((this.#depth += 1) > deepest) throw new NotTold();
    const node = this.#valueInside();
    this.#depth -= 1;
    return node;
  }

  #valueInside(): Node {
    if (this.#word("(")) {
      const inside = this.#either();
      if (!this.#word(")")) throw new NotTold();
      return inside;
    }
    const negative = this.#word("-");
    const text = this.#tokens[this.#at] ?? "";
    this.#at += 1;
    if (/^\d/.test(text)) {
      const type = text.includes(".") ? "numeric" : "integer";
      return { text: negative ? `'-${text}'::${type}` : text, type, literal: "number" };
    }
    if (negative) throw new NotTold();
    if (text.startsWith("'")) return { text, type: "text", literal: "text" };
    if (/^(?:true|false)$/i.test(text)) return { text: text.toLowerCase(), type: "boolean" };
    const name = text.startsWith('"') ? text.slice(1, -1) : text.toLowerCase();
    const type = this.#types(name);
    if (type === undefined || this.#tokens[this.#at] === "(") throw new NotTold();
    return { text: quoted(name), type };
  }
}

function compared(left: Node, sign: string, right: Node): string {
  const [a, b] = alike(left, right);
  return `(${a} ${sign} ${b})`;
}

function calculated(left: Node, sign: string, right: Node): Node {
  const [a, b, type] = alike(left, right);
  if (!numbers.includes(type)) throw new NotTold();
  return { text: `(${a} ${sign} ${b})`, type };
}

/** Both sides cast to the type in which PostgreSQL compares them. */
function alike(left: Node, right: Node): [string, string, string] {
  const [a, b] = [left.type.replace(/\(.*\)/, ""), right.type.replace(/\(.*\)/, "")];
  if (numbers.includes(a) && numbers.includes(b)) {
    const type = numbers[Math.max(numbers.indexOf(a), numbers.indexOf(b))] as string;
    return [cast(left, a, type), cast(right, b, type), type];
  }
  if (left.literal === "text" || right.literal === "text") {
    const type = left.literal === "text" ? b : a;
    if (!["character varying", "text", "date", "timestamp without time zone"].includes(type) || left.literal === right.literal)
      throw new NotTold();
    const as = type === "character varying" ? "text" : type;
    const side = (node: Node): string => (node.literal === "text" ? `${node.text}::${as}` : cast(node, type, as));
    return [side(left), side(right), as];
  }
  if (a !== b || a === "jsonb") throw new NotTold();
  return a === "character varying" ? [cast(left, a, "text"), cast(right, b, "text"), "text"] : [left.text, right.text, a];
}

function cast(node: Node, from: string, to: string): string {
  return from === to ? node.text : `(${node.text})::${to}`;
}
