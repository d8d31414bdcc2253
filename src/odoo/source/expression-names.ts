import { childrenOf, parsePython, sourceText, type PythonSource, type SyntaxNode } from "./python-tree.ts";

/** What an expression of a view refers to. */
export interface ExpressionNames {
  /** Names outside of strings; of `parent` with what follows: `parent.state`. Names that Odoo provides are left out. */
  readonly names: readonly string[];
  /** Left sides of a domain's conditions: `partner_id.country_id`. */
  readonly paths: readonly string[];
  /** Constant strings under constant keys of a dictionary: `group_by`. */
  readonly keys: ReadonlyMap<string, string>;
}

/** What Odoo provides to expressions (`IGNORED_IN_EXPRESSION` in 19's `tools/view_validation.py`). */
const provided = new Set(
  (
    "True False None self uid context context_today allowed_company_ids current_company_id time datetime relativedelta " +
    "current_date today now abs len bool float str unicode set"
  ).split(" "),
);

const cache = new Map<string, ExpressionNames | null>();

/**
 * Names and paths of a Python expression, as Odoo's `get_expression_field_names` and `get_domain_value_names` find them; null: Odoo refuses
 * it, since it is no expression or one of a kind that views may not have.
 */
export function expressionNames(text: string): ExpressionNames | null {
  const known = cache.get(text);
  if (known !== undefined) return known;
  if (cache.size > 50_000) cache.clear();
  const read = text.length > 100_000 ? null : readExpression(text.trim());
  cache.set(text, read);
  return read;
}

class NotAllowed extends Error {}

function readExpression(text: string): ExpressionNames | null {
  const source = parsePython(`(${text}\n)`);
  const statement = source?.top.firstChild ?? null;
  const holder = statement?.name === "ExpressionStatement" ? statement.firstChild : null;
  if (source === null || holder === null || statement?.nextSibling !== null) return null;
  const found = new Set<string>();
  const paths = new Set<string>();
  const keys = new Map<string, string>();
  try {
    for (const name of contextual(source, holder)) found.add(name);
    for (const node of [holder, ...childrenOf(holder)]) if (node.name === "DictionaryExpression") readKeys(source, node, keys);
    domainPaths(source, holder, paths);
  } catch (error) {
    if (error instanceof NotAllowed) return null;
    throw error;
  }
  const names = [...found].flatMap((name) => {
    const root = name.split(".", 1)[0] ?? "";
    if (name === "parent" || provided.has(root)) return [];
    return [root === "parent" ? name : root];
  });
  return { names: [...new Set(names)], paths: [...paths], keys };
}

/** `_get_expression_contextual_values`: keyword arguments aren't looked at. */
function contextual(source: PythonSource, node: SyntaxNode): Set<string> {
  const children = childrenOf(node);
  switch (node.name) {
    case "String":
    case "ContinuedString":
    case "Number":
    case "Boolean":
    case "None":
    case "Ellipsis":
      return new Set();
    case "VariableName":
      return new Set([sourceText(source, node)]);
    case "MemberExpression": {
      const [object, second, third] = children;
      const values = object === undefined ? new Set<string>() : contextual(source, object);
      if (second?.name === "." && third !== undefined) {
        const [only] = values;
        return values.size === 1 ? new Set([`${only}.${sourceText(source, third)}`]) : values;
      }
      return union(
        [...values],
        ...children
          .slice(1)
          .filter(isExpression)
          .map((child) => contextual(source, child)),
      );
    }
    case "CallExpression": {
      const [callee, args] = children;
      const positional = (args === undefined ? [] : childrenOf(args)).filter((child, at, all) => isExpression(child) && !keyword(all, at));
      return union(callee === undefined ? [] : contextual(source, callee), ...positional.map((child) => contextual(source, child)));
    }
    case "ParenthesizedExpression":
    case "TupleExpression":
    case "ArrayExpression":
    case "DictionaryExpression":
    case "BinaryExpression":
    case "UnaryExpression":
    case "ConditionalExpression":
      return union([], ...children.filter(isExpression).map((child) => contextual(source, child)));
    default:
      throw new NotAllowed(node.name);
  }
}

function union(...sets: readonly Iterable<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]));
}

const expressions = new Set(
  (
    "String ContinuedString FormatString Number Boolean None Ellipsis VariableName MemberExpression CallExpression ParenthesizedExpression " +
    "TupleExpression ArrayExpression DictionaryExpression SetExpression BinaryExpression UnaryExpression ConditionalExpression " +
    "LambdaExpression ArrayComprehensionExpression ComprehensionExpression DictionaryComprehensionExpression " +
    "SetComprehensionExpression NamedExpression AwaitExpression YieldExpression"
  ).split(" "),
);

const isExpression = (node: SyntaxNode): boolean => expressions.has(node.name);

/** The name or the value of `name=value`. */
function keyword(all: readonly SyntaxNode[], at: number): boolean {
  return all[at + 1]?.name === "AssignOp" || all[at - 1]?.name === "AssignOp";
}

/** `extract_from_domain`: lists that are joined or chosen between, and conditions in them. */
function domainPaths(source: PythonSource, node: SyntaxNode, paths: Set<string>): void {
  const items = childrenOf(node).filter(isExpression);
  if (node.name === "ArrayExpression") {
    for (const item of items) if (["TupleExpression", "ArrayExpression"].includes(item.name)) conditionPath(source, item, paths);
    return;
  }
  if (!["ParenthesizedExpression", "ConditionalExpression", "BinaryExpression"].includes(node.name)) return;
  if (node.name === "BinaryExpression" && childrenOf(node).some(isComparison)) return;
  const parts = node.name === "ConditionalExpression" ? [items[0], items[2]] : items;
  for (const part of parts) if (part !== undefined) domainPaths(source, part, paths);
}

function conditionPath(source: PythonSource, node: SyntaxNode, paths: Set<string>): void {
  const [left, ...others] = childrenOf(node).filter(isExpression);
  const text = left === undefined ? null : plainText(source, left);
  if (text !== null && others.length === 2) paths.add(text);
}

const isComparison = (node: SyntaxNode): boolean => ["CompareOp", "in", "not", "is"].includes(node.name);

function readKeys(source: PythonSource, node: SyntaxNode, keys: Map<string, string>): void {
  const items = childrenOf(node);
  for (const [at, item] of items.entries()) {
    const [colon, value] = [items[at + 1], items[at + 2]];
    if (colon?.name !== ":" || value === undefined) continue;
    const [name, content] = [plainText(source, item), plainText(source, value)];
    if (name !== null && content !== null) keys.set(name, content);
  }
}

function plainText(source: PythonSource, node: SyntaxNode): string | null {
  return node.name === "String" ? (/^(['"])([^'"\\]*)\1$/.exec(sourceText(source, node))?.[2] ?? null) : null;
}
