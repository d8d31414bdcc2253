import { PythonFault } from "./python-fault.ts";
import type { Expression } from "./python-syntax.ts";
import { isName, kind } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

/** CPython gives up on expressions that are nested this deep or a little deeper; ours is the same order. */
const depthMax = 800;

/** Walks over tokens; parsers build on it. Methods throw `PythonFault` at what isn't Python. */
export class TokenCursor {
  readonly tokens: Tokens;
  at = 0;
  protected depth = 0;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  get kind(): number {
    return this.tokens.kinds[this.at] ?? kind.end;
  }

  kindAt(at: number): number {
    return this.tokens.kinds[at] ?? kind.end;
  }

  text(at: number): string {
    return this.tokens.code.slice(this.tokens.from[at], this.tokens.to[at]);
  }

  fail(what = "invalid syntax", at: number = this.at): never {
    throw new PythonFault(what, this.tokens.from[at] ?? this.tokens.code.length);
  }

  take(token: number): boolean {
    if (this.kind !== token) return false;
    this.at += 1;
    return true;
  }

  expect(token: number): void {
    if (!this.take(token)) this.fail();
  }

  name(): string {
    if (!isName(this.kind)) this.fail();
    this.at += 1;
    return this.text(this.at - 1);
  }

  /** Must be followed by `depth -= 1`. */
  protected descend(): void {
    this.depth += 1;
    if (this.depth > depthMax) this.fail("the expression is nested too deep");
  }

  protected deeper<T>(parse: () => T): T {
    this.descend();
    const result = parse();
    this.depth -= 1;
    return result;
  }

  /** What the grammar knows nothing more of than where it ends. */
  protected other(from: number, lambda = false): Expression {
    return { kind: "other", lambda, from, to: this.at };
  }

  /** @throws PythonFault when nothing can be assigned to it */
  assignable(target: Expression): void {
    if (target.kind === "name" || target.kind === "attribute" || target.kind === "subscript") return;
    if (target.kind === "star") this.assignable(target.of);
    else if (target.kind === "tuple" || target.kind === "list") for (const item of target.items) this.assignable(item);
    else this.fail("cannot assign to expression", target.from);
  }
}
