import { HeaderParser } from "./python-header.ts";
import { namesIn, type Argument, type Expression, type Parameter, type Statement } from "./python-syntax.ts";
import { kind, kindsOf } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

const [open, close, colon, at, star, arrow, semicolon] = kindsOf("( ) : @ * -> ;");
const [def, classs, asyncc, ass, iff, elif, elsee, forr, whilee, tryy, except, finallyy, withh, inn] = kindsOf(
  "def class async as if elif else for while try except finally with in",
);

/** Statements with blocks; bodies of functions are passed over, unless `whole`. */
export class StatementParser extends HeaderParser {
  readonly #whole: boolean;

  constructor(tokens: Tokens, whole: boolean) {
    super(tokens);
    this.#whole = whole;
  }

  file(): Statement[] {
    const found: Statement[] = [];
    while (this.kind !== kind.end) this.#statement(found);
    return found;
  }

  #statement(into: Statement[]): void {
    if (this.kind === kind.indent) this.fail("unexpected indent");
    const compound = this.#compound();
    if (compound !== null) {
      into.push(compound);
      return;
    }
    do into.push(this.simple());
    while (this.take(semicolon) && this.kind !== kind.newline);
    this.expect(kind.newline);
  }

  #compound(): Statement | null {
    const from = this.at;
    switch (this.kind) {
      case def:
        return this.#function(from, []);
      case classs:
        return this.#class(from, []);
      case at:
        return this.#decorated(from);
      case asyncc: {
        const next = this.kindAt(this.at + 1);
        this.at += 1;
        if (next === def) return this.#function(from, []);
        if (next !== forr && next !== withh) this.fail();
        return this.#block(from);
      }
      case iff:
      case forr:
      case whilee:
      case tryy:
      case withh:
        return this.#block(from);
      default:
        return this.startsMatch() ? this.#match(from) : null;
    }
  }

  #decorated(from: number): Statement {
    const decorators: Expression[] = [];
    while (this.take(at)) {
      decorators.push(this.named());
      this.expect(kind.newline);
    }
    if (this.kind === classs) return this.#class(from, decorators);
    this.take(asyncc);
    if (this.kind !== def) this.fail();
    return this.#function(from, decorators);
  }

  #function(from: number, decorators: readonly Expression[]): Statement {
    this.at += 1;
    const named = this.at;
    const name = this.name();
    this.typeParameters();
    this.expect(open);
    const parameters: Parameter[] = this.parameters(close);
    this.expect(close);
    if (this.take(arrow)) this.test();
    this.expect(colon);
    const body = this.at;
    if (this.#whole) this.#suite();
    else this.#skipSuite();
    return { kind: "function", name, at: named, decorators, parameters, body: { from: body, to: this.at }, from, to: this.at };
  }

  #class(from: number, decorators: readonly Expression[]): Statement {
    this.at += 1;
    const named = this.at;
    const name = this.name();
    this.typeParameters();
    const args: Argument[] = this.take(open) ? this.args() : [];
    this.expect(colon);
    const body = this.#suite();
    return { kind: "class", name, at: named, decorators, args, body, from, to: this.at };
  }

  #suite(): Statement[] {
    const found: Statement[] = [];
    if (this.kind !== kind.newline) {
      do found.push(this.simple());
      while (this.take(semicolon) && this.kind !== kind.newline);
      this.expect(kind.newline);
      return found;
    }
    this.at += 1;
    if (!this.take(kind.indent)) this.fail("expected an indented block");
    while (!this.take(kind.dedent)) this.#statement(found);
    return found;
  }

  #skipSuite(): void {
    if (this.kind === kind.newline) {
      this.at += 1;
      if (this.kindAt(this.at) !== kind.indent) this.fail("expected an indented block");
      this.at = (this.tokens.to[this.at] ?? this.at) + 1;
      return;
    }
    while (this.kind !== kind.newline && this.kind !== kind.end) this.at += 1;
    this.at += 1;
  }

  #block(from: number): Statement {
    const word = this.text(this.at);
    const token = this.kind;
    this.at += 1;
    const branches: Statement[][] = [];
    const binds: string[] = [];
    const test = this.at;
    if (token === iff || token === whilee) this.named();
    else if (token === forr) {
      const targets = this.targets();
      this.assignable(targets);
      binds.push(...namesIn(targets));
      this.expect(inn);
      this.list();
    } else if (token === withh) binds.push(...this.withItems());
    const typing =
      token === iff && /^(?:\w+\.)?TYPE_CHECKING$/.test(this.tokens.code.slice(this.tokens.from[test], this.tokens.to[this.at - 1]));
    this.expect(colon);
    branches.push(this.#suite());
    if (token === tryy) this.#handlers(branches);
    else {
      while (token === iff && this.take(elif)) {
        this.named();
        this.expect(colon);
        branches.push(this.#suite());
      }
      if (token !== withh && this.take(elsee)) {
        this.expect(colon);
        branches.push(this.#suite());
      }
    }
    return { kind: "block", word, typing, branches, binds, from, to: this.at };
  }

  #handlers(branches: Statement[][]): void {
    const branch = (): void => {
      this.expect(colon);
      branches.push(this.#suite());
    };
    let [handlers, bare] = [0, false];
    while (this.take(except)) {
      if (bare) this.fail("default 'except:' must be last");
      handlers += 1;
      this.take(star);
      if (this.kind === colon) bare = true;
      else {
        const from = this.at;
        if (this.list().kind === "tuple" && this.kindAt(from) !== open) this.fail("multiple exception types must be parenthesized", from);
        if (this.take(ass)) this.name();
      }
      branch();
    }
    if (handlers > 0 && this.take(elsee)) branch();
    if (this.take(finallyy)) branch();
    else if (handlers === 0) this.fail("expected 'except' or 'finally' block");
  }

  #match(from: number): Statement {
    this.at += 1;
    this.list();
    this.expect(colon);
    this.expect(kind.newline);
    this.expect(kind.indent);
    const branches: Statement[][] = [];
    while (!this.take(kind.dedent)) {
      if (this.text(this.at) !== "case") this.fail();
      this.at += 1;
      this.pattern();
      this.expect(colon);
      branches.push(this.#suite());
    }
    return { kind: "block", word: "match", typing: false, branches, binds: [], from, to: this.at };
  }
}
