import { posix } from "node:path";
import { parseSync, type Program } from "oxc-parser";
import type { SourceTree } from "./source-tree.ts";

/** One way in which a file refers to another module. */
export interface Reference {
  /** As written. */
  readonly specifier: string;
  /** Path in the repository for a relative specifier, else null. */
  readonly target: string | null;
  readonly typeOnly: boolean;
  readonly how: "import" | "export-from" | "dynamic" | "import-type" | "file-name";
}

export interface ParsedFile {
  readonly program: Program;
  /** Every node, parents first: rules look at all of them, and walking costs more than looking. */
  readonly nodes: readonly Node[];
  readonly comments: readonly { readonly value: string; readonly start: number }[];
  readonly references: readonly Reference[];
  /** Names of exported interfaces and type aliases. */
  readonly exportedTypes: readonly string[];
}

/** A syntax node, as far as rules look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

const parsed = new Map<string, { readonly text: string; readonly file: ParsedFile }>();

/** Parses one file of a tree; the same text is parsed once. @throws Error when the file has a syntax error, because a file that isn't understood isn't checked */
export function parseFile(tree: SourceTree, path: string): ParsedFile {
  const text = tree.get(path);
  if (text === undefined) throw new Error(`${path} is not in the tree`);
  const known = parsed.get(path);
  if (known?.text === text) return known.file;
  const result = parseSync(path, text);
  const error = result.errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const nodes: Node[] = [];
  walk(result.program, (node) => nodes.push(node));
  const file: ParsedFile = {
    program: result.program,
    nodes,
    comments: result.comments,
    references: referencesOf(path, nodes),
    exportedTypes: exportedTypesOf(result.program),
  };
  parsed.set(path, { text, file });
  return file;
}

/** Calls back for every node, parents first. */
export function walk(start: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(start)) {
    for (const item of start) walk(item, visit);
  } else if (isNode(start)) {
    visit(start);
    for (const [member, value] of Object.entries(start)) {
      if (member !== "parent" && typeof value === "object" && value !== null) walk(value, visit);
    }
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function referencesOf(path: string, nodes: readonly Node[]): Reference[] {
  const references: Reference[] = [];
  const add = (source: unknown, typeOnly: boolean, how: Reference["how"]): void => {
    if (!isNode(source) || typeof source["value"] !== "string") return;
    const specifier = source["value"];
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null;
    references.push({ specifier, target, typeOnly, how });
  };
  nodes.forEach((node) => {
    switch (node.type) {
      case "ImportDeclaration":
        return add(node["source"], node["importKind"] === "type" || onlyTypes(node["specifiers"]), "import");
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
        return add(node["source"], node["exportKind"] === "type" || onlyTypes(node["specifiers"]), "export-from");
      case "ImportExpression":
        return add(node["source"], false, "dynamic");
      case "TSImportType":
        return add(node["source"], true, "import-type");
      case "NewExpression":
        // `new URL("./daemon.ts", import.meta.url)` names a file that is started as a process of its own.
        if (isNode(node["callee"]) && node["callee"]["name"] === "URL") add((node["arguments"] as unknown[])[0], false, "file-name");
        return;
      default:
    }
  });
  return references;
}

function onlyTypes(specifiers: unknown): boolean {
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((specifier) => isNode(specifier) && (specifier["importKind"] ?? specifier["exportKind"]) === "type");
}

function exportedTypesOf(program: Program): string[] {
  const names: string[] = [];
  for (const statement of program.body as unknown as Node[]) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement["declaration"] : null;
    if (!isNode(declaration)) continue;
    if (
      declaration.type !== "TSInterfaceDeclaration" &&
      declaration.type !== "TSTypeAliasDeclaration" &&
      declaration.type !== "ClassDeclaration"
    )
      continue;
    const id = declaration["id"];
    if (isNode(id) && typeof id["name"] === "string") names.push(id["name"]);
  }
  return names;
}
