import { ArchNode } from "./arch-node.ts";
import { alongAxis, backwards, identity, place, XPathDocument, type XPathNode } from "./xpath-axes.ts";
import { callFunction } from "./xpath-functions.ts";
import { parseXPath, type XPathExpression, type XPathStep } from "./xpath-grammar.ts";
import { isNodes, toBoolean, toNumber, toText, type XPathValue } from "./xpath-values.ts";

/** Where an expression is evaluated. */
export interface XPathContext {
  readonly node: XPathNode;
  readonly position: number;
  readonly size: number;
}

/** An expression asks for something that libxml2 wouldn't know either, or for too much. */
export class XPathError extends Error {}

/** What an expression may look at: far above any that a view needs. */
const maximalVisits = 2_000_000;

const parsed = new Map<string, XPathExpression>();

/**
 * The first element, in document order, that an XPath 1.0 expression finds from a root, with Odoo's `hasclass()`; null: none.
 * The libraries at hand take 5 to 20 ms for `//field[@name='x']` on a large form, this takes a fraction of one.
 *
 * @throws XPathSyntaxError, XPathError
 */
export function firstElement(root: ArchNode, text: string): ArchNode | null {
  let expression = parsed.get(text);
  if (expression === undefined) {
    if (parsed.size > 10_000) parsed.clear();
    parsed.set(text, (expression = parseXPath(text)));
  }
  const value = new Evaluation().evaluate(expression, { node: root, position: 1, size: 1 });
  if (!isNodes(value)) throw new XPathError("it finds no elements");
  const [first] = value;
  if (first === undefined) return null;
  if (!(first instanceof ArchNode)) throw new XPathError("it finds something that is no element");
  return first;
}

class Evaluation {
  #visits = 0;

  evaluate(expression: XPathExpression, context: XPathContext): XPathValue {
    switch (expression.type) {
      case "number":
      case "string":
        return expression.value;
      case "negate":
        return -toNumber(this.evaluate(expression.of, context));
      case "call": {
        const known = callFunction(
          expression.name,
          expression.args.map((arg) => this.evaluate(arg, context)),
          context,
        );
        if (known === undefined) throw new XPathError(`unknown function ${expression.name}()`);
        return known;
      }
      case "binary":
        return this.#binary(expression.operator, expression.left, expression.right, context);
      case "path":
        return this.#path(expression, context);
    }
  }

  #path(path: Extract<XPathExpression, { type: "path" }>, context: XPathContext): XPathValue {
    let nodes: XPathNode[] = [context.node];
    if (path.from !== null) {
      const from = this.evaluate(path.from, context);
      if (!isNodes(from)) throw new XPathError("a path begins with something that isn't nodes");
      nodes = this.#filtered([...from], path.predicates);
    } else if (path.absolute) nodes = [new XPathDocument(rootOf(context.node))];
    for (let at = 0; at < path.steps.length; at += 1) {
      const [step, next] = [path.steps[at], path.steps[at + 1]];
      if (step === undefined) break;
      // `//name[…]` looks at each node once instead of at the children of each, where no position is asked for.
      if (step.test === "node()" && step.axis === "descendant-or-self" && next?.axis === "child" && !next.predicates.some(positional)) {
        nodes = this.#step(nodes, { ...next, axis: "descendant" });
        at += 1;
      } else nodes = this.#step(nodes, step);
    }
    return nodes;
  }

  #step(nodes: readonly XPathNode[], step: XPathStep): XPathNode[] {
    if (nodes.length === 1) {
      const found = this.#filtered(this.#collect(nodes[0] as XPathNode, step), step.predicates);
      return backwards.has(step.axis) ? found.reverse() : found;
    }
    const all = nodes.flatMap((node) => this.#filtered(this.#collect(node, step), step.predicates));
    // Disjoint and in order already.
    if (step.axis === "self" || step.axis === "attribute") return all;
    return inDocumentOrder(all);
  }

  #collect(node: XPathNode, step: XPathStep): XPathNode[] {
    const found: XPathNode[] = [];
    for (const next of alongAxis(node, step)) {
      if (++this.#visits > maximalVisits) throw new XPathError("it looks at too many nodes");
      found.push(next);
    }
    return found;
  }

  #filtered(nodes: XPathNode[], predicates: readonly XPathExpression[]): XPathNode[] {
    let left = nodes;
    for (const predicate of predicates) {
      const size = left.length;
      left = left.filter((node, index) => {
        if (++this.#visits > maximalVisits) throw new XPathError("it looks at too many nodes");
        const value = this.evaluate(predicate, { node, position: index + 1, size });
        return typeof value === "number" ? value === index + 1 : toBoolean(value);
      });
    }
    return left;
  }

  #binary(operator: string, left: XPathExpression, right: XPathExpression, context: XPathContext): XPathValue {
    const a = this.evaluate(left, context);
    if (operator === "or") return toBoolean(a) || toBoolean(this.evaluate(right, context));
    if (operator === "and") return toBoolean(a) && toBoolean(this.evaluate(right, context));
    const b = this.evaluate(right, context);
    if (operator === "|") {
      if (!isNodes(a) || !isNodes(b)) throw new XPathError("only nodes can be united");
      return inDocumentOrder([...a, ...b]);
    }
    if (["=", "!=", "<", "<=", ">", ">="].includes(operator)) return compared(operator, a, b);
    const [x, y] = [toNumber(a), toNumber(b)];
    if (operator === "+") return x + y;
    if (operator === "-") return x - y;
    if (operator === "*") return x * y;
    return operator === "div" ? x / y : x % y;
  }
}

/** A predicate whose value may be a number, or that asks for a position. */
function positional(expression: XPathExpression): boolean {
  switch (expression.type) {
    case "number":
    case "negate":
      return true;
    case "string":
      return false;
    case "path":
      return false;
    case "call":
      return ["position", "last", "count", "sum", "number", "string-length", "floor", "ceiling", "round"].includes(expression.name);
    case "binary":
      return ["+", "-", "*", "div", "mod"].includes(expression.operator) || mentionsPosition(expression);
  }
}

function mentionsPosition(expression: XPathExpression): boolean {
  if (expression.type === "binary") return mentionsPosition(expression.left) || mentionsPosition(expression.right);
  if (expression.type === "call") return ["position", "last"].includes(expression.name) || expression.args.some(mentionsPosition);
  return expression.type === "negate" && mentionsPosition(expression.of);
}

function compared(operator: string, a: XPathValue, b: XPathValue): boolean {
  if (isNodes(a) || isNodes(b)) {
    if (typeof a === "boolean" || typeof b === "boolean") return compare(operator, toBoolean(a), toBoolean(b));
    const bs = singles(b);
    return singles(a).some((x) => bs.some((y) => compare(operator, x, y)));
  }
  return compare(operator, a, b);
}

function singles(value: XPathValue): readonly (string | number)[] {
  if (typeof value === "object") return value.map((node) => toText([node]));
  return typeof value === "boolean" ? [] : [value];
}

function compare(operator: string, a: string | number | boolean, b: string | number | boolean): boolean {
  if (operator === "=" || operator === "!=") {
    const equal =
      typeof a === "boolean" || typeof b === "boolean"
        ? toBoolean(a) === toBoolean(b)
        : typeof a === "number" || typeof b === "number"
          ? toNumber(a) === toNumber(b)
          : a === b;
    return equal === (operator === "=");
  }
  const [x, y] = [toNumber(a), toNumber(b)];
  if (operator === "<") return x < y;
  if (operator === "<=") return x <= y;
  return operator === ">" ? x > y : x >= y;
}

function rootOf(node: XPathNode): ArchNode {
  let root = identity(node);
  while (root.parent !== null) root = root.parent;
  return root;
}

/** Without doubles, in document order. */
function inDocumentOrder(nodes: readonly XPathNode[]): XPathNode[] {
  const [first] = nodes;
  if (first === undefined || nodes.length === 1) return [...nodes];
  const rank = new Map<ArchNode, number>();
  const number = (node: ArchNode): void => {
    rank.set(node, rank.size);
    for (const child of node.children) number(child);
  };
  number(rootOf(first));
  const unique = new Map(nodes.map((node) => [`${rank.get(identity(node))} ${place(node)}`, node]));
  const last = (node: XPathNode): boolean => place(node) === "9";
  return [...unique.values()].sort((a, b) => {
    const [x, y] = [identity(a), identity(b)];
    // A tail comes after everything inside of the element that it follows.
    if (last(a) && x !== y && isInside(y, x)) return 1;
    if (last(b) && x !== y && isInside(x, y)) return -1;
    return (rank.get(x) ?? 0) - (rank.get(y) ?? 0) || (place(a) < place(b) ? -1 : 1);
  });
}

function isInside(node: ArchNode, outer: ArchNode): boolean {
  for (let parent = node.parent; parent !== null; parent = parent.parent) if (parent === outer) return true;
  return false;
}
