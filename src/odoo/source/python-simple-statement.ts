import { ExpressionParser } from "./python-expression.ts";
import type { Expression, Statement } from "./python-syntax.ts";
import { isName, kind, kindOf, kindsOf } from "./python-kinds.ts";

const [open, close, comma, colon, dot, dots, assign, star, bracket, unbracket, semicolon, power] = kindsOf("( ) , : . ... = * [ ] ; **");
const [importt, fromm, ass] = kindsOf("import from as");
const [pass, breakk, continuee, returnn, raise, globall, nonlocal, del, assert] = kindsOf(
  "pass break continue return raise global nonlocal del assert",
);
const updates = new Set("+= -= *= /= //= %= @= &= |= ^= >>= <<= **=".split(" ").map(kindOf));

/** Statements of one line. */
export class SimpleStatementParser extends ExpressionParser {
  protected simple(): Statement {
    const from = this.at;
    switch (this.kind) {
      case importt:
        return this.#import(from);
      case fromm:
        return this.#fromImport(from);
      case pass:
      case breakk:
      case continuee:
        this.at += 1;
        return this.#rest(from);
      case returnn:
        this.at += 1;
        if (!this.#endsHere()) this.list();
        return this.#rest(from);
      case raise:
        this.at += 1;
        if (this.#endsHere()) return this.#rest(from);
        this.test();
        if (this.take(fromm)) this.test();
        return this.#rest(from);
      case globall:
      case nonlocal:
        do {
          this.at += 1;
          this.name();
        } while (this.kind === comma);
        return this.#rest(from);
      case del:
        this.at += 1;
        this.assignable(this.list());
        return this.#rest(from);
      case assert:
        this.at += 1;
        this.test();
        if (this.take(comma)) this.test();
        return this.#rest(from);
      default:
        return this.#startsTypeAlias() ? this.#typeAlias(from) : this.#expressionOrAssignment(from);
    }
  }

  #endsHere(): boolean {
    return this.kind === kind.newline || this.kind === semicolon || this.kind === kind.end;
  }

  #rest(from: number): Statement {
    return { kind: "other", expression: null, from, to: this.at };
  }

  #startsTypeAlias(): boolean {
    if (this.text(this.at) !== "type" || !isName(this.kindAt(this.at + 1))) return false;
    const next = this.kindAt(this.at + 2);
    return next === assign || next === bracket;
  }

  #typeAlias(from: number): Statement {
    this.at += 2;
    this.typeParameters();
    this.expect(assign);
    this.test();
    return this.#rest(from);
  }

  #expressionOrAssignment(from: number): Statement {
    const first = this.list();
    if (this.take(colon)) {
      if (first.kind === "tuple" || first.kind === "list") this.fail("only single target (not tuple) can be annotated", from);
      this.assignable(first);
      this.test();
      const value = this.take(assign) ? this.list() : null;
      return { kind: "assign", targets: [first], operator: "=", value, from, to: this.at };
    }
    if (updates.has(this.kind)) {
      if (first.kind === "tuple" || first.kind === "list") this.fail("illegal expression for augmented assignment", from);
      this.assignable(first);
      const operator = this.text(this.at);
      this.at += 1;
      return { kind: "assign", targets: [first], operator, value: this.list(), from, to: this.at };
    }
    if (this.kind !== assign) {
      if (first.kind === "star") this.fail("can't use starred expression here", from);
      return { kind: "other", expression: first, from, to: this.at };
    }
    const targets: Expression[] = [];
    let value = first;
    while (this.take(assign)) {
      if (value.kind === "star") this.fail("starred assignment target must be in a list or tuple", value.from);
      this.assignable(value);
      targets.push(value);
      value = this.list();
    }
    if (value.kind === "star") this.fail("can't use starred expression here", value.from);
    return { kind: "assign", targets, operator: "=", value, from, to: this.at };
  }

  #dotted(): string {
    let name = this.name();
    while (this.take(dot)) name += `.${this.name()}`;
    return name;
  }

  #import(from: number): Statement {
    const names: { name: string; as: string | null }[] = [];
    do {
      this.at += 1;
      names.push({ name: this.#dotted(), as: this.take(ass) ? this.name() : null });
    } while (this.kind === comma);
    return { kind: "import", level: null, module: "", names, star: false, from, to: this.at };
  }

  #fromImport(from: number): Statement {
    this.at += 1;
    let level = 0;
    for (; this.kind === dot || this.kind === dots; this.at += 1) level += this.kind === dots ? 3 : 1;
    const module = level > 0 && this.kind === importt ? "" : this.#dotted();
    this.expect(importt);
    if (this.take(star)) return { kind: "import", level, module, names: [], star: true, from, to: this.at };
    const brackets = this.take(open);
    const names: { name: string; as: string | null }[] = [];
    do {
      if (brackets && names.length > 0 && this.kind === close) break;
      names.push({ name: this.name(), as: this.take(ass) ? this.name() : null });
    } while (this.take(comma));
    if (brackets) this.expect(close);
    return { kind: "import", level, module, names, star: false, from, to: this.at };
  }

  /** PEP 695. */
  protected typeParameters(): void {
    if (!this.take(bracket)) return;
    do {
      if (this.kind === unbracket) break;
      if (!this.take(star)) this.take(power);
      this.name();
      if (this.take(colon)) this.test();
      if (this.take(assign)) this.test();
    } while (this.take(comma));
    this.expect(unbracket);
  }
}
