/** XPath 1.0, as a tree. */
export type XPathExpression =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "call"; readonly name: string; readonly args: readonly XPathExpression[] }
  | { readonly type: "binary"; readonly operator: string; readonly left: XPathExpression; readonly right: XPathExpression }
  | { readonly type: "negate"; readonly of: XPathExpression }
  | {
      readonly type: "path";
      /** null: relative to the context node, unless `absolute`. */
      readonly from: XPathExpression | null;
      readonly absolute: boolean;
      /** Predicates of `from`. */
      readonly predicates: readonly XPathExpression[];
      readonly steps: readonly XPathStep[];
    };

export interface XPathStep {
  readonly axis: string;
  /** A name, `*`, `node()`, `text()`, `comment()`, `processing-instruction()`. */
  readonly test: string;
  readonly predicates: readonly XPathExpression[];
}

/** The expression is no XPath 1.0. */
export class XPathSyntaxError extends Error {}

const axes = new Set([
  ...["ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following"],
  ...["following-sibling", "parent", "preceding", "preceding-sibling", "self"],
]);
const nodeTypes = new Set(["node", "text", "comment", "processing-instruction"]);
const token =
  /\s*(?:(\.\.|::|\/\/|!=|<=|>=|[()[\].@,/|+\-=<>*$])|([0-9]+(?:\.[0-9]*)?|\.[0-9]+)|"([^"]*)"|'([^']*)'|([\p{L}_][\p{L}\p{N}_.-]*(?::(?!:)[\p{L}_*][\p{L}\p{N}_.-]*)?))/uy;
const precedence: readonly (readonly string[])[] = [["or"], ["and"], ["=", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "div", "mod"]];
const maximalDepth = 100;

interface Token {
  readonly kind: "symbol" | "number" | "string" | "name" | "operator";
  readonly text: string;
}

/** @throws XPathSyntaxError */
export function parseXPath(text: string): XPathExpression {
  const parser = new Parser(tokens(text));
  const expression = parser.expression(0, 0);
  if (parser.peek() !== undefined) throw new XPathSyntaxError(`unexpected ${parser.peek()?.text}`);
  return expression;
}

/** After an operand `*` and names are operators, else they are name tests (XPath 1.0, 3.7). */
function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new XPathSyntaxError(`unexpected ${text.slice(at).trim().slice(0, 10)}`);
    const [, symbol, number, double, single, name] = match;
    const before = found.at(-1);
    const operand =
      before !== undefined &&
      before.kind !== "operator" &&
      !(
        before.kind === "symbol" &&
        ["@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">="].includes(before.text)
      );
    if (symbol !== undefined) found.push({ kind: symbol === "*" && operand ? "operator" : "symbol", text: symbol });
    else if (number !== undefined) found.push({ kind: "number", text: number });
    else if (name !== undefined) found.push({ kind: operand && /^(?:and|or|div|mod)$/.test(name) ? "operator" : "name", text: name });
    else found.push({ kind: "string", text: double ?? single ?? "" });
  }
  return found;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(all: readonly Token[]) {
    this.#tokens = all;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #is(text: string, ahead = 0): boolean {
    const next = this.peek(ahead);
    return next?.text === text && next.kind !== "string" && next.kind !== "number";
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new XPathSyntaxError(`${text} is missing`);
  }

  expression(level: number, depth: number): XPathExpression {
    if (depth > maximalDepth) throw new XPathSyntaxError("it is nested too deeply");
    const operators = precedence[level];
    if (operators === undefined) return this.#unary(depth);
    let left = this.expression(level + 1, depth);
    for (;;) {
      const operator = operators.find((text) => this.#isOperator(text));
      if (operator === undefined) return left;
      this.#at += 1;
      left = { type: "binary", operator, left, right: this.expression(level + 1, depth) };
    }
  }

  #isOperator(text: string): boolean {
    const next = this.peek();
    return next !== undefined && next.text === text && (next.kind === "operator" || (next.kind === "symbol" && text !== "*"));
  }

  #unary(depth: number): XPathExpression {
    if (this.#take("-")) return { type: "negate", of: depth > maximalDepth ? this.#tooDeep() : this.#unary(depth + 1) };
    let left = this.#path(depth);
    while (this.#take("|")) left = { type: "binary", operator: "|", left, right: this.#path(depth) };
    return left;
  }

  #tooDeep(): never {
    throw new XPathSyntaxError("it is nested too deeply");
  }

  #path(depth: number): XPathExpression {
    const from = this.#primary(depth);
    if (from !== null) {
      const predicates = this.#predicates(depth);
      const steps: XPathStep[] = [];
      if (this.#is("/") || this.#is("//")) this.#further(steps, depth);
      if (predicates.length === 0 && steps.length === 0) return from;
      return { type: "path", from, absolute: false, predicates, steps };
    }
    const steps: XPathStep[] = [];
    const absolute = this.#is("/") || this.#is("//");
    if (this.#take("//")) {
      steps.push(anywhere);
      // libxml2 takes more slashes at the beginning, and Odoo has such an expression.
      if (this.#take("//")) steps.push(anywhere);
      else this.#take("/");
      steps.push(this.#step(depth));
    } else if (this.#take("/")) {
      if (this.#beginsStep()) steps.push(this.#step(depth));
    } else steps.push(this.#step(depth));
    this.#further(steps, depth);
    return { type: "path", from: null, absolute, predicates: [], steps };
  }

  #further(steps: XPathStep[], depth: number): void {
    for (;;) {
      if (this.#take("//")) steps.push(anywhere, this.#step(depth));
      else if (this.#take("/")) steps.push(this.#step(depth));
      else return;
    }
  }

  #beginsStep(): boolean {
    const next = this.peek();
    return next !== undefined && (next.kind === "name" || (next.kind === "symbol" && [".", "..", "@", "*"].includes(next.text)));
  }

  #primary(depth: number): XPathExpression | null {
    const next = this.peek();
    if (next === undefined) throw new XPathSyntaxError("it ends too early");
    if (next.kind === "number" || next.kind === "string") {
      this.#at += 1;
      return next.kind === "number" ? { type: "number", value: Number(next.text) } : { type: "string", value: next.text };
    }
    if (this.#take("(")) {
      const inner = this.expression(0, depth + 1);
      this.#expect(")");
      return inner;
    }
    if (next.kind !== "name" || !this.#is("(", 1) || nodeTypes.has(next.text)) return null;
    this.#at += 2;
    const args: XPathExpression[] = [];
    while (!this.#take(")")) {
      if (args.length > 0) this.#expect(",");
      args.push(this.expression(0, depth + 1));
    }
    return { type: "call", name: next.text, args };
  }

  #step(depth: number): XPathStep {
    if (this.#take(".")) return { axis: "self", test: "node()", predicates: [] };
    if (this.#take("..")) return { axis: "parent", test: "node()", predicates: [] };
    let axis = "child";
    if (this.#take("@")) axis = "attribute";
    else if (this.#is("::", 1)) {
      axis = this.peek()?.text ?? "";
      if (!axes.has(axis)) throw new XPathSyntaxError(`the axis ${axis}`);
      this.#at += 2;
    }
    return { axis, test: this.#test(), predicates: this.#predicates(depth) };
  }

  #test(): string {
    const next = this.peek();
    if (next === undefined || (next.kind !== "name" && next.text !== "*")) throw new XPathSyntaxError(`unexpected ${next?.text ?? "end"}`);
    this.#at += 1;
    if (!nodeTypes.has(next.text) || !this.#take("(")) return next.text;
    if (this.peek()?.kind === "string") this.#at += 1;
    this.#expect(")");
    return `${next.text}()`;
  }

  #predicates(depth: number): XPathExpression[] {
    const found: XPathExpression[] = [];
    while (this.#take("[")) {
      found.push(this.expression(0, depth + 1));
      this.#expect("]");
    }
    return found;
  }
}

const anywhere: XPathStep = { axis: "descendant-or-self", test: "node()", predicates: [] };
