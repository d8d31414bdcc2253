import { TokenCursor } from "./python-cursor.ts";
import type { Argument, Expression, Parameter } from "./python-syntax.ts";
import { isName, kindsOf } from "./python-kinds.ts";

const [close, comma, colon, assign, star, power, slash, forr, asyncc] = kindsOf(") , : = * ** / for async");

/** Parameters of definitions and arguments of calls, in terms of expressions. */
export abstract class ArgumentParser extends TokenCursor {
  abstract test(): Expression;
  abstract named(): Expression;
  protected abstract starred(): Expression;
  protected abstract comprehension(): void;

  /** Of a definition or a lambda, up to the bracket or colon that ends them. */
  parameters(end: number): Parameter[] {
    const found: Parameter[] = [];
    const names = new Set<string>();
    let [defaults, starred, bare, doubled, slashed] = [false, false, false, false, false];
    while (this.kind !== end) {
      if (doubled) this.fail();
      if (this.kind === slash) {
        if (slashed || starred || found.length === 0) this.fail();
        this.at += 1;
        slashed = true;
        found.push({ name: "/", fallback: null });
      } else {
        const prefix = this.kind === star ? "*" : this.kind === power ? "**" : "";
        if (prefix !== "") this.at += 1;
        if (prefix === "*" && starred) this.fail();
        if (prefix === "*") starred = true;
        if (prefix === "**" && bare) this.fail("named arguments must follow bare *");
        if (prefix === "**") doubled = true;
        if (prefix === "*" && (this.kind === comma || this.kind === end)) {
          if (this.kind === end) this.fail("named arguments must follow bare *");
          bare = true;
          found.push({ name: "*", fallback: null });
        } else {
          if (prefix === "") bare = false;
          const name = this.name();
          if (names.has(name)) this.fail(`duplicate argument '${name}' in function definition`, this.at - 1);
          names.add(name);
          if (end === close && this.take(colon)) {
            if (prefix === "*" && this.kind === star) this.starred();
            else this.test();
          }
          let fallback: Expression | null = null;
          if (prefix === "" && this.take(assign)) {
            fallback = this.test();
            defaults = true;
          } else if (prefix === "" && defaults && !starred) this.fail("parameter without a default follows parameter with a default");
          found.push({ name: prefix + name, fallback });
        }
      }
      if (!this.take(comma) && this.kind !== end) this.fail();
      if (bare && this.kind === end) this.fail("named arguments must follow bare *");
    }
    return found;
  }

  /** Behind the opening bracket, up to and with the closing one. */
  args(): Argument[] {
    const found: Argument[] = [];
    const keywords = new Set<string>();
    let mapping = false;
    while (this.kind !== close) {
      const from = this.at;
      if (this.take(star)) {
        if (mapping) this.fail("iterable argument unpacking follows keyword argument unpacking");
        found.push({ keyword: null, star: "*", value: this.test() });
      } else if (this.take(power)) {
        found.push({ keyword: null, star: "**", value: this.test() });
        mapping = true;
      } else if (isName(this.kind) && this.kindAt(this.at + 1) === assign) {
        const name = this.text(this.at);
        if (keywords.has(name)) this.fail(`keyword argument repeated: ${name}`);
        keywords.add(name);
        this.at += 2;
        found.push({ keyword: name, star: "", value: this.test() });
      } else {
        const value = this.named();
        if (this.kind === forr || this.kind === asyncc) {
          this.comprehension();
          if (found.length > 0 || this.kind !== close) {
            if (!(this.kind === comma && this.kindAt(this.at + 1) === close && found.length === 0))
              this.fail("Generator expression must be parenthesized", from);
          }
          found.push({ keyword: null, star: "", value: this.other(from) });
        } else {
          if (keywords.size > 0 || mapping) this.fail("positional argument follows keyword argument", from);
          found.push({ keyword: null, star: "", value });
        }
      }
      if (!this.take(comma) && this.kind !== close) this.fail();
    }
    this.at += 1;
    return found;
  }
}
