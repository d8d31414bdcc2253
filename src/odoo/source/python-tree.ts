import { parser } from "@lezer/python";
import type { PythonText } from "../../domain/release/source-model.ts";

export type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** Gives up at the first error: going on for some tree takes seconds on hostile files, and nobody wants it. */
const strictParser = parser.configure({ strict: true });

/** A parsed file with its text; null from `parsePython`: it isn't Python that this grammar knows. */
export interface PythonSource {
  readonly code: string;
  readonly top: SyntaxNode;
  readonly lineStarts: readonly number[];
}

export function parsePython(text: string): PythonSource | null {
  const code = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const top = topNodeOf(known(code));
  return top === null ? null : { code, top, lineStarts: [0, ...Array.from(code.matchAll(/\n/g), (match) => match.index + 1)] };
}

/**
 * Writes what is Python but unknown to the grammar as something of the same length and structure that it knows. Only the
 * tree comes from this; every character that is compared comes from the code itself.
 */
function known(code: string): string {
  return code
    .replace(/(?<=(?:^|[^\w.])[0-9][0-9_]*)\.(?![\w.])/gm, "0")
    .replace(/^([ \t]*)yield(?=[ \t]*(?:#.*)?$)/gm, "$1pass ")
    .replace(/\bfor[ \t][^\n:'"#]{0,1000}?[ \t]in\b/g, (head) => head.replace(/\*(?=\w)/g, " "));
}

function topNodeOf(code: string): SyntaxNode | null {
  try {
    return strictParser.parse(code).topNode;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function lineOf(source: PythonSource, offset: number): number {
  let [low, high] = [0, source.lineStarts.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) if (child.name !== "Comment") children.push(child);
  return children;
}

export function sourceText(source: PythonSource, node: SyntaxNode): string {
  return source.code.slice(node.from, node.to);
}

/** What a node says and refers to; `nodes` are taken as one. */
export function textOf(source: PythonSource, ...nodes: readonly SyntaxNode[]): PythonText {
  const parts: string[] = [];
  const found = { names: new Set<string>(), attributes: new Set<string>(), strings: new Set<string>() };
  for (const node of nodes) write(source, node, parts, found);
  return {
    line: nodes[0] === undefined ? 1 : lineOf(source, nodes[0].from),
    text: parts.join("\u0001"),
    names: [...found.names],
    attributes: [...found.attributes],
    strings: [...found.strings],
  };
}

interface Found {
  readonly names: Set<string>;
  readonly attributes: Set<string>;
  readonly strings: Set<string>;
}

const listNodes = new Set(["ArgList", "ParamList", "ArrayExpression", "DictionaryExpression", "SetExpression"]);

function write(source: PythonSource, node: SyntaxNode, parts: string[], found: Found): void {
  const { name } = node;
  if (name === "String" || name === "FormatString") {
    const text = sourceText(source, node);
    parts.push(plainString(text));
    found.strings.add(text);
    // What stands in the braces of a format string refers to things too.
    if (name === "FormatString") for (const child of childrenOf(node)) write(source, child, [], found);
    return;
  }
  const children = childrenOf(node);
  if (children.length === 0) {
    const text = bare(source.code.slice(node.from, node.to));
    if (text !== "") parts.push(text);
    if (name === "VariableName") found.names.add(text);
    if (name === "PropertyName") found.attributes.add(text);
    return;
  }
  // The name keeps apart what has the same tokens in another structure: a block that ends a line earlier.
  parts.push(`${name}(`);
  let at = node.from;
  for (const [index, child] of children.entries()) {
    // Some tokens, such as `->` and `/`, aren't in the tree.
    gap(source, at, child.from, parts);
    at = child.to;
    if (child.name === "," && listNodes.has(name) && isClosing(children[index + 1]?.name)) continue;
    write(source, child, parts, found);
    if (name === "Decorator" && child.name === "VariableName" && children[index - 1]?.name === ".")
      found.attributes.add(sourceText(source, child));
  }
  gap(source, at, node.to, parts);
  parts.push(")");
}

function gap(source: PythonSource, from: number, to: number, parts: string[]): void {
  if (from >= to) return;
  const text = bare(source.code.slice(from, to));
  if (text !== "") parts.push(text);
}

function bare(text: string): string {
  return text
    .replace(/#[^\n]*/g, "")
    .replace(/\\\n/g, "")
    .trim();
}

function isClosing(name: string | undefined): boolean {
  return name === ")" || name === "]" || name === "}";
}

/** The same for `'a'` and `"a"`. */
function plainString(text: string): string {
  const body = /^'([^'"\\\n]*)'$/.exec(text)?.[1];
  return body === undefined ? text : `"${body}"`;
}
