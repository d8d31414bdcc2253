import { PythonFault } from "./python-fault.ts";
import { kind, kindOf, kindsOf } from "./python-kinds.ts";
import { SimpleStatementParser } from "./python-simple-statement.ts";
import { namesIn } from "./python-syntax.ts";

const [open, close, comma, colon, dot, assign, star, bracket, unbracket, brace, unbrace] = kindsOf("( ) , : . = * [ ] { }");
const [ass, iff] = kindsOf("as if");

const updates = new Set("+= -= *= /= //= %= @= &= |= ^= >>= <<= **=".split(" ").map(kindOf));

/** What stands before the colon of a `with`, a `match`, a `case`. */
export class HeaderParser extends SimpleStatementParser {
  protected withItems(): string[] {
    const [start, depth] = [this.at, this.depth];
    // With or without brackets around all of them: only what follows the closing one tells.
    if (this.kind === open) {
      try {
        this.at += 1;
        const names = this.#withList(close);
        this.expect(close);
        if (this.kind === colon) return names;
      } catch (error) {
        if (!(error instanceof PythonFault)) throw error;
      }
      this.at = start;
      this.depth = depth;
    }
    return this.#withList(colon);
  }

  #withList(end: number): string[] {
    const names: string[] = [];
    do {
      if (this.kind === end) break;
      this.test();
      if (!this.take(ass)) continue;
      const target = this.kind === star ? this.fail() : this.test();
      this.assignable(target);
      names.push(...namesIn(target));
    } while (this.take(comma));
    return names;
  }

  protected startsMatch(): boolean {
    if (this.kind !== kind.name || this.text(this.at) !== "match") return false;
    const next = this.kindAt(this.at + 1);
    if (next === assign || next === dot || next === comma || next === kind.newline || next === colon || updates.has(next)) return false;
    let depth = 0;
    for (let index = this.at + 1; ; index += 1) {
      const token = this.kindAt(index);
      if (token === kind.newline || token === kind.end) return false;
      if (token === open || token === bracket || token === brace) depth += 1;
      if (token === close || token === unbracket || token === unbrace) depth -= 1;
      if (token === colon && depth === 0)
        return this.kindAt(index + 1) === kind.newline && this.kindAt(index + 2) === kind.indent && this.text(index + 3) === "case";
    }
  }

  /** Patterns declare nothing; they are passed over up to their colon. */
  protected pattern(): void {
    let depth = 0;
    for (; this.kind !== kind.newline && this.kind !== kind.end; this.at += 1) {
      if (depth === 0 && this.kind === colon) return;
      if (this.kind === open || this.kind === bracket || this.kind === brace) depth += 1;
      if (this.kind === close || this.kind === unbracket || this.kind === unbrace) depth -= 1;
      if (depth === 0 && this.kind === iff) {
        this.at += 1;
        this.named();
        return;
      }
    }
  }
}
