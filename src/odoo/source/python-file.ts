import type {
  PythonAssignment,
  PythonClass,
  PythonFile,
  PythonFunction,
  PythonImport,
  PythonOther,
  PythonStatement,
} from "../../domain/release/source-model.ts";
import { oddities } from "./python-oddities.ts";
import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";
import { childrenOf, lineOf, parsePython, sourceText, textOf, type PythonSource, type SyntaxNode } from "./python-tree.ts";

/** Reads a Python file without running it. @returns null when it isn't Python that the grammar knows */
export function readPythonFile(text: string): PythonFile | null {
  const source = parsePython(text);
  if (source === null) return null;
  const statements = statementsIn(source, source.top);
  return { statements: statements.filter((statement) => !isDocstring(statement)) };
}

/** A statement that is nothing but text; a format string would run what stands in its braces. */
function isDocstring(statement: PythonStatement): boolean {
  if (statement.kind !== "other" || statement.strings.length === 0 || !statement.strings.every((text) => /^[rRuU]*['"]/.test(text)))
    return false;
  return /^ExpressionStatement\(\u0001(?:ContinuedString\(\u0001)?(?:[rRuU]*["'][^\u0001]*\u0001)+(?:\)\u0001)?\)$/.test(statement.text);
}

function statementsIn(source: PythonSource, block: SyntaxNode): PythonStatement[] {
  return childrenOf(block).flatMap((node): PythonStatement[] => {
    if (node.name === "StatementGroup") return statementsIn(source, node);
    if (node.name === ":" || node.name === ";" || node.name === "PassStatement") return [];
    return statementOf(source, node);
  });
}

function statementOf(source: PythonSource, node: SyntaxNode): PythonStatement[] {
  if (node.name === "ImportStatement") return importsOf(source, node);
  if (node.name === "AssignStatement") return [assignmentOf(source, node)];
  if (node.name === "UpdateStatement") return [{ ...assignmentOf(source, node), literal: null, keywords: {} }];
  const definition = node.name === "DecoratedStatement" ? childrenOf(node).at(-1) : node;
  if (definition?.name === "FunctionDefinition") return [functionOf(source, node, definition)];
  if (definition?.name === "ClassDefinition") return [classOf(source, node, definition)];
  return [otherOf(source, node)];
}

function functionOf(source: PythonSource, whole: SyntaxNode, definition: SyntaxNode): PythonFunction {
  return {
    kind: "function",
    name: nameOf(source, definition),
    decorators: decoratorsOf(whole).map((node) => ({ ...textOf(source, node), name: decoratorName(source, node) })),
    oddities: [
      ...oddities(source, definition),
      ...(runsWhenDefined(source, whole, definition) ? ["a call that runs when the function is defined"] : []),
    ],
    ...textOf(source, whole),
  };
}

/** Arguments of decorators, defaults and annotations are evaluated when the file is loaded. */
function runsWhenDefined(source: PythonSource, whole: SyntaxNode, definition: SyntaxNode): boolean {
  const heads = [...decoratorsOf(whole), definition].flatMap((node) => childrenOf(node).filter((child) => child.name !== "Body"));
  return heads.some((node) => callsIn(source, node).length > 0);
}

function decoratorsOf(whole: SyntaxNode): SyntaxNode[] {
  return whole.name === "DecoratedStatement" ? childrenOf(whole).filter((node) => node.name === "Decorator") : [];
}

function decoratorName(source: PythonSource, node: SyntaxNode): string {
  const words = childrenOf(node).filter((child) => child.name === "VariableName" || child.name === ".");
  return words.map((child) => sourceText(source, child)).join("");
}

function nameOf(source: PythonSource, definition: SyntaxNode): string {
  const name = childrenOf(definition).find((node) => node.name === "VariableName");
  return name === undefined ? "" : sourceText(source, name);
}

function classOf(source: PythonSource, whole: SyntaxNode, definition: SyntaxNode): PythonClass {
  const children = childrenOf(definition);
  const list = children.find((node) => node.name === "ArgList");
  const body = children.find((node) => node.name === "Body");
  const heading = children.filter((node) => !["class", "VariableName", "Body"].includes(node.name));
  return {
    kind: "class",
    name: nameOf(source, definition),
    line: lineOf(source, definition.from),
    header: { ...textOf(source, ...decoratorsOf(whole), ...heading), line: lineOf(source, definition.from) },
    bases: list === undefined ? [] : argumentsOf(source, list).flatMap((argument) => (argument.keyword === null ? [argument.written] : [])),
    whole: textOf(source, whole),
    members: body === undefined ? [] : statementsIn(source, body),
  };
}

interface Argument {
  readonly keyword: string | null;
  readonly written: string;
  readonly text: string;
}

function argumentsOf(source: PythonSource, list: SyntaxNode): Argument[] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of childrenOf(list)) {
    if (node.name === "(" || node.name === ")") continue;
    if (node.name === ",") groups.push([]);
    else groups.at(-1)?.push(node);
  }
  return groups
    .filter((group) => group.length > 0)
    .map((group) => {
      const [first, second] = group;
      const keyword = first?.name === "VariableName" && second?.name === "AssignOp" ? sourceText(source, first) : null;
      const value = keyword === null ? group : group.slice(2);
      return { keyword, written: value.map((node) => sourceText(source, node)).join(""), text: textOf(source, ...value).text };
    });
}

function importsOf(source: PythonSource, node: SyntaxNode): PythonImport[] {
  const text = textOf(source, node);
  const children = childrenOf(node).filter((child) => child.name !== "(" && child.name !== ")");
  const words = children.map((child) => sourceText(source, child));
  if (words[0] !== "from") {
    return split(words.slice(1)).map((part) => {
      const as = part.indexOf("as");
      const module = part.slice(0, as === -1 ? undefined : as).join("");
      const binds = as === -1 ? (module.split(".", 1)[0] ?? module) : (part[as + 1] ?? module);
      return { kind: "import", ...text, module, imported: [], binds, star: false };
    });
  }
  const at = words.indexOf("import");
  const module = words.slice(1, at).join("");
  const imported = split(words.slice(at + 1)).flatMap(([name, , as]) =>
    name === undefined || name === "*" ? [] : [{ name, as: as ?? name }],
  );
  return [{ kind: "import", ...text, module, imported, binds: null, star: words.slice(at + 1).includes("*") || imported.length === 0 }];
}

function split(words: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === ",") parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((part) => part.length > 0);
}

function assignmentOf(source: PythonSource, node: SyntaxNode): PythonAssignment {
  const children = childrenOf(node);
  const operators = children.flatMap((child, index) => (child.name === "AssignOp" || child.name === "UpdateOp" ? [index] : []));
  const last = operators.at(-1) ?? children.length;
  const value = children.slice(last + 1);
  const only = value.length === 1 ? value[0] : undefined;
  return {
    kind: "assignment",
    ...textOf(source, node),
    targets: targetsOf(source, children.slice(0, last)),
    calls: value.flatMap((child) => callsIn(source, child)),
    keywords: only?.name === "CallExpression" ? keywordsOf(source, only) : {},
    literal: only === undefined ? null : literalOf(source, only),
  };
}

function targetsOf(source: PythonSource, nodes: readonly SyntaxNode[]): string[] | null {
  const targets: string[] = [];
  for (const node of nodes) {
    if (["TypeDef", "AssignOp", ",", "*"].includes(node.name)) continue;
    if (node.name !== "VariableName") return null;
    targets.push(sourceText(source, node));
  }
  return targets;
}

/** Calls that happen when an expression is evaluated: those in a lambda don't. */
function callsIn(source: PythonSource, node: SyntaxNode): string[] {
  if (node.name === "LambdaExpression") return [];
  // Sets a name in the middle of an expression.
  if (node.name === "NamedExpression") return [":="];
  const own = node.name === "CallExpression" && node.firstChild !== null ? [sourceText(source, node.firstChild)] : [];
  return [...own, ...childrenOf(node).flatMap((child) => callsIn(source, child))];
}

function keywordsOf(source: PythonSource, call: SyntaxNode): Record<string, string> {
  const list = childrenOf(call).find((node) => node.name === "ArgList");
  const all = list === undefined ? [] : argumentsOf(source, list);
  return Object.fromEntries(all.flatMap(({ keyword, text }) => (keyword === null ? [] : [[keyword, text] as const])));
}

function literalOf(source: PythonSource, node: SyntaxNode): string | readonly string[] | null {
  let literal: PythonLiteral;
  try {
    literal = parsePythonLiteral(sourceText(source, node), "");
  } catch {
    return null;
  }
  if (literal.type === "str") return literal.value;
  if (literal.type !== "list" && literal.type !== "tuple") return null;
  const texts = literal.items.flatMap((item) => (item.type === "str" ? [item.value] : []));
  return texts.length === literal.items.length ? texts : null;
}

const inertStatements = new Set(["ImportStatement", "AssignStatement", "PassStatement", "ExpressionStatement", "RaiseStatement"]);

function otherOf(source: PythonSource, node: SyntaxNode): PythonOther {
  const imports: PythonImport[] = [];
  node.cursor().iterate((child) => {
    if (child.name === "ImportStatement") imports.push(...importsOf(source, child.node));
  });
  return { kind: "other", ...textOf(source, node), imports, guardedImport: node.name === "TryStatement" && onlyImports(source, node) };
}

/** `try: import x` with handlers that set names or write to the log. */
function onlyImports(source: PythonSource, node: SyntaxNode): boolean {
  const bodies = childrenOf(node).filter((child) => child.name === "Body");
  return bodies.every((body, index) =>
    childrenOf(body)
      .filter((child) => child.name !== ":")
      .every((child) => {
        if (!inertStatements.has(child.name)) return false;
        if (child.name === "ExpressionStatement") return /^(?:_?logger|logging|_LOGGER|_log)\./i.test(sourceText(source, child));
        if (child.name !== "AssignStatement") return true;
        const assignment = assignmentOf(source, child);
        return (
          assignment.targets !== null &&
          assignment.calls.length === 0 &&
          (index > 0 || assignment.literal !== null || /^\w+ = \w+$/.test(sourceText(source, child)))
        );
      }),
  );
}
