import { ArgumentParser } from "./python-arguments.ts";
import type { Expression } from "./python-syntax.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";

const [open, close, bracket, unbracket, brace, unbrace] = kindsOf("( ) [ ] { }");
const [comma, colon, walrus, star, power, ellipsis] = kindsOf(", : := * ** ...");
const [lambda, iff, forr, inn, asyncc, yieldd, none, truee, falsee] = kindsOf("lambda if for in async yield None True False");
const constants = new Map<number, boolean | null>([
  [none, null],
  [truee, true],
  [falsee, false],
]);

/** Binds more strongly than comparisons: where `in` and `not` may not stand. */
export const aboveComparison = 5;

/** Names, literals, and what stands in brackets. */
export abstract class DisplayParser extends ArgumentParser {
  abstract targets(): Expression;
  protected abstract binary(least: number): Expression;
  protected abstract yields(): Expression;

  protected starredOrNamed(): Expression {
    return this.kind === star ? this.starred() : this.named();
  }

  protected atom(): Expression {
    const token = this.kind;
    const from = this.at;
    if (isName(token)) {
      this.at += 1;
      return { kind: "name", name: this.text(from), from, to: this.at };
    }
    if (token === kind.string) return this.#strings();
    if (token === kind.number) {
      this.at += 1;
      return { kind: "number", at: from, from, to: this.at };
    }
    const constant = constants.get(token);
    if (constant !== undefined) {
      this.at += 1;
      return { kind: "constant", value: constant, from, to: this.at };
    }
    if (token === ellipsis) {
      this.at += 1;
      return this.other(from);
    }
    if (token === open || token === bracket || token === brace) {
      this.at += 1;
      return this.deeper(() =>
        token === open ? this.#parentheses(from) : token === bracket ? this.#items(from, [], unbracket, "list") : this.#braces(from),
      );
    }
    return this.fail();
  }

  #strings(): Expression {
    const from = this.at;
    const parts: number[] = [];
    while (this.kind === kind.string) {
      parts.push(this.at);
      this.at += 1;
    }
    const bytes = parts.filter((part) =>
      /^[rR]?[bB]/.test(this.tokens.code.slice(this.tokens.from[part], (this.tokens.from[part] ?? 0) + 2)),
    );
    if (bytes.length > 0 && bytes.length < parts.length) this.fail("cannot mix bytes and nonbytes literals", from);
    if (bytes.some((part) => /[^\x00-\x7f]/.test(this.text(part)))) this.fail("bytes can only contain ASCII literal characters", from);
    return { kind: "string", parts, from, to: this.at };
  }

  #parentheses(from: number): Expression {
    if (this.kind === yieldd) {
      this.yields();
      this.expect(close);
      return this.other(from);
    }
    if (this.take(close)) return { kind: "tuple", items: [], from, to: this.at };
    const first = this.starredOrNamed();
    if (this.kind === comma) return this.#items(from, [first], close, "tuple");
    if (first.kind === "star") this.fail("cannot use starred expression here", first.from);
    if (this.kind === forr || this.kind === asyncc) this.comprehension();
    else {
      this.expect(close);
      return { ...first, from, to: this.at };
    }
    this.expect(close);
    return this.other(from);
  }

  #items(from: number, first: Expression[], end: number, as: "list" | "tuple" | "set"): Expression {
    const items = first;
    if (items.length > 0 && !this.take(comma) && this.kind !== end) {
      if (as === "tuple") this.fail();
      this.#comprehensionAfter(items);
      this.expect(end);
      return this.other(from);
    }
    while (this.kind !== end) {
      items.push(this.starredOrNamed());
      if (items.length === 1 && as !== "tuple" && (this.kind === forr || this.kind === asyncc)) {
        this.#comprehensionAfter(items);
        this.expect(end);
        return this.other(from);
      }
      if (!this.take(comma) && this.kind !== end) this.fail();
    }
    this.at += 1;
    return { kind: as, items, from, to: this.at };
  }

  #comprehensionAfter(items: readonly Expression[]): void {
    if (items[0]?.kind === "star") this.fail("iterable unpacking cannot be used in comprehension", items[0].from);
    this.comprehension();
  }

  #braces(from: number): Expression {
    const entries: { key: Expression | null; value: Expression }[] = [];
    if (this.kind !== unbrace && this.kind !== power) {
      const first = this.starredOrNamed();
      if (this.kind !== colon || first.kind === "star") return this.#items(from, [first], unbrace, "set");
      this.at += 1;
      entries.push({ key: first, value: this.test() });
      if (this.kind === forr || this.kind === asyncc) {
        this.comprehension();
        this.expect(unbrace);
        return this.other(from);
      }
      if (!this.take(comma) && this.kind !== unbrace) this.fail();
    }
    while (this.kind !== unbrace) {
      if (this.take(power)) entries.push({ key: null, value: this.binary(aboveComparison) });
      else {
        const key = this.test();
        this.expect(colon);
        entries.push({ key, value: this.test() });
      }
      if (!this.take(comma) && this.kind !== unbrace) this.fail();
    }
    this.at += 1;
    return { kind: "dict", entries, from, to: this.at };
  }

  protected comprehension(): void {
    do {
      this.take(asyncc);
      this.expect(forr);
      this.assignable(this.targets());
      this.expect(inn);
      this.binary(1);
      while (this.take(iff)) this.#condition();
    } while (this.kind === forr || this.kind === asyncc);
  }

  /** Of a comprehension: no `if … else`, but a walrus. */
  #condition(): void {
    if (isName(this.kind) && this.kindAt(this.at + 1) === walrus) this.named();
    else if (this.kind === lambda) this.test();
    else this.binary(1);
  }
}
