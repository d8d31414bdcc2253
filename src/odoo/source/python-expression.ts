import { aboveComparison, DisplayParser } from "./python-displays.ts";
import type { Expression } from "./python-syntax.ts";
import { isName, kind, kindOf, kindsOf } from "./python-kinds.ts";

const [open, bracket, unbracket, brace] = kindsOf("( [ ] {");
const [comma, colon, dot, walrus, star, power] = kindsOf(", : . := * **");
const [plus, minus, tilde, ellipsis] = kindsOf("+ - ~ ...");
const [lambda, iff, elsee, inn, awaitt, yieldd, fromm] = kindsOf("lambda if else in await yield from");
const [not, and, or, is, none, truee, falsee] = kindsOf("not and or is None True False");

/** How strongly binary operators bind; `not` stands between `and` and comparisons, signs before powers. */
const strength = new Map<number, number>([
  [or, 1],
  [and, 2],
  ...["in", "not", "is", "<", ">", "==", "!=", "<=", ">="].map((text) => [kindOf(text), 4] as const),
  [kindOf("|"), 5],
  [kindOf("^"), 6],
  [kindOf("&"), 7],
  [kindOf("<<"), 8],
  [kindOf(">>"), 8],
  [plus, 9],
  [minus, 9],
  ...["*", "/", "//", "%", "@"].map((text) => [kindOf(text), 10] as const),
]);

/** Parses expressions; statements build on it. */
export class ExpressionParser extends DisplayParser {
  /** What may stand on the right of `=`: expressions with commas are a tuple. */
  list(): Expression {
    if (this.kind === yieldd) return this.yields();
    const from = this.at;
    const item = (): Expression => (this.kind === star ? this.starred() : this.test());
    const first = item();
    if (this.kind !== comma) return first;
    const items = [first];
    while (this.take(comma) && this.#startsExpression()) items.push(item());
    return { kind: "tuple", items, from, to: this.at };
  }

  /** Targets of `for`, which end before `in`. */
  targets(): Expression {
    const from = this.at;
    const items: Expression[] = [];
    let commas = 0;
    do {
      items.push(this.kind === star ? this.starred() : this.binary(aboveComparison));
      if (this.kind !== comma) break;
      commas += 1;
      this.at += 1;
    } while (this.#startsExpression());
    const [only] = items;
    return commas === 0 && only !== undefined ? only : { kind: "tuple", items, from, to: this.at };
  }

  named(): Expression {
    const from = this.at;
    const left = this.test();
    if (this.kind !== walrus) return left;
    if (left.kind !== "name" || left.to - left.from !== 1) this.fail();
    this.at += 1;
    this.test();
    return this.other(from);
  }

  test(): Expression {
    this.descend();
    const value = this.kind === lambda ? this.#lambda() : this.#conditional();
    this.depth -= 1;
    return value;
  }

  #conditional(): Expression {
    const from = this.at;
    const value = this.binary(1);
    if (!this.take(iff)) return value;
    this.binary(1);
    this.expect(elsee);
    this.test();
    return this.other(from);
  }

  protected starred(): Expression {
    const from = this.at;
    this.at += 1;
    const of = this.binary(aboveComparison);
    return { kind: "star", of, from, to: this.at };
  }

  protected yields(): Expression {
    const from = this.at;
    this.at += 1;
    if (this.take(fromm)) this.test();
    else if (this.#startsExpression()) this.list();
    return this.other(from);
  }

  #lambda(): Expression {
    const from = this.at;
    this.at += 1;
    this.parameters(colon);
    this.expect(colon);
    this.test();
    return this.other(from, true);
  }

  #startsExpression(): boolean {
    const token = this.kind;
    if (isName(token) || token === kind.number || token === kind.string) return true;
    return starters.has(token);
  }

  protected binary(least: number): Expression {
    const from = this.at;
    let left: Expression;
    let sum: Expression[] = [];
    if (this.kind === not) {
      if (least >= aboveComparison) this.fail();
      this.deeper(() => {
        this.at += 1;
        this.binary(3);
      });
      left = this.other(from);
      if (least === aboveComparison - 1) return left;
    } else left = this.#unary();
    for (;;) {
      const token = this.kind;
      const bound = strength.get(token);
      if (bound === undefined || bound < least) return left;
      this.at += 1;
      if (token === not) this.expect(inn);
      if (token === is) this.take(not);
      const right = this.deeper(() => this.binary(bound + 1));
      // One node for a whole chain: a sum of a thousand terms isn't a thousand deep.
      if (token === plus && sum.length === 0) sum.push(left);
      if (token === plus) sum.push(right);
      else sum = [];
      left = token === plus ? { kind: "sum", items: sum, from, to: this.at } : this.other(from);
    }
  }

  #unary(): Expression {
    const token = this.kind;
    const from = this.at;
    if (token === minus || token === plus || token === tilde) {
      this.at += 1;
      const of = this.deeper(() => this.#unary());
      return token === minus ? { kind: "negative", of, from, to: this.at } : this.other(from);
    }
    const waits = this.take(awaitt);
    const base = this.#primary();
    if (this.kind !== power) return waits ? this.other(from) : base;
    this.at += 1;
    this.deeper(() => this.#unary());
    return this.other(from);
  }

  #primary(): Expression {
    const from = this.at;
    let value = this.atom();
    for (;;) {
      const token = this.kind;
      if (token === dot) {
        this.at += 1;
        value = { kind: "attribute", of: value, name: this.name(), from, to: this.at };
      } else if (token === open) {
        this.at += 1;
        const args = this.deeper(() => this.args());
        value = { kind: "call", of: value, args, from, to: this.at };
      } else if (token === bracket) {
        this.at += 1;
        this.deeper(() => this.#slices());
        value = { kind: "subscript", of: value, from, to: this.at };
      } else return value;
    }
  }

  #slices(): void {
    if (this.kind === unbracket) this.fail();
    while (this.kind !== unbracket) {
      if (this.kind === star) this.starred();
      else {
        if (this.kind !== colon) this.named();
        for (let colons = 0; colons < 2 && this.take(colon); colons += 1)
          if (this.kind !== colon && this.kind !== comma && this.kind !== unbracket) this.test();
      }
      if (!this.take(comma) && this.kind !== unbracket) this.fail();
    }
    this.at += 1;
  }
}

const starters = new Set([open, bracket, brace, minus, plus, tilde, ellipsis, lambda, awaitt, not, star, none, truee, falsee]);
