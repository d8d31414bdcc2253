import { isMap, isPair, isScalar, LineCounter, parseAllDocuments, type Document } from "yaml";
import { z } from "zod";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { environmentDocument } from "./environment-document.ts";
import { nearestKey } from "./nearest-key.ts";
import { tenantDocument, type DeclaredTenant } from "./tenant-document.ts";

export interface Declarations {
  readonly tenants: readonly DeclaredTenant[];
  readonly environments: readonly EnvironmentSpec[];
}

interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
}

const documentsMax = 200;
const problemsShownMax = 50;

/**
 * Reads YAML documents of the kinds Tenant and Environment. Everything that is wrong is said at once, each with its line.
 *
 * @throws INPUT_INVALID
 */
export function readDocuments(text: string): Declarations {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, strict: true, version: "1.2" });
  if (!Array.isArray(documents)) throw invalid(["the file is empty"]);
  const found = documents.filter((document) => !isEmpty(document) || document.errors.length > 0);
  if (found.length === 0) throw invalid(["the file is empty"]);
  if (found.length > documentsMax) throw invalid([`${found.length} documents are more than the ${documentsMax} that one file may hold`]);
  const tenants: DeclaredTenant[] = [];
  const environments: EnvironmentSpec[] = [];
  const problems: string[] = [];
  for (const document of found) {
    const source = { document, lines };
    if (document.errors.length > 0) {
      problems.push(syntaxProblem(document, lines));
      continue;
    }
    const kind: unknown = document.get("kind");
    if (kind === "Tenant") problems.push(...read(source, tenantDocument, (value) => tenants.push(value)));
    else if (kind === "Environment") problems.push(...read(source, environmentDocument, (value) => environments.push(value)));
    else problems.push(kindProblem(source, kind));
  }
  problems.push(...repeated("Tenant", tenants), ...repeated("Environment", environments));
  if (problems.length > 0) throw invalid(problems);
  return { tenants, environments };
}

/** `---` with nothing but comments after it. */
function isEmpty({ contents }: Document): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

function read<S extends z.ZodType>(source: Source, schema: S, take: (value: z.output<S>) => void): string[] {
  let value: unknown;
  try {
    value = source.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return [`line ${lineAt(source, [])}: ${error instanceof Error ? error.message : "unreadable"}`];
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    take(parsed.data);
    return [];
  }
  return parsed.error.issues.flatMap((issue) => describe(source, schema, issue));
}

function describe(source: Source, schema: z.ZodType, issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => {
      const nearest = nearestKey(key, known);
      const hint = nearest === null ? `; known here: ${known.join(", ")}` : `; did you mean \`${nearest}\`?`;
      return `line ${lineAt(source, [...path, key])}: unknown key \`${[...path, key].join(".")}\`${hint}`;
    });
  }
  const name = path.length === 0 ? "the document" : `\`${path.join(".")}\``;
  if (!has(source, path))
    return [`line ${lineAt(source, path)}: ${name} is missing${issue.code === "custom" ? `; it ${issue.message}` : ""}`];
  return [`line ${lineAt(source, path)}: ${name} ${said(issue)}`];
}

/** Zod's own sentences begin with the fault; ours with "must". */
function said(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value")
    return `must be ${issue.values
      .map(String)
      .join(", ")
      .replace(/, ([^,]*)$/, " or $1")}`;
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input"))
    return `must be ${issue.expected === "object" ? "a mapping" : `of type ${issue.expected}`}`;
  if (issue.code === "too_big") return `must be at most ${String(issue.maximum)}`;
  if (issue.code === "too_small") return `must be at least ${String(issue.minimum)}`;
  return issue.message;
}

function kindProblem(source: Source, kind: unknown): string {
  const line = lineAt(source, ["kind"]);
  if (!isMap(source.document.contents)) return `line ${line}: a declaration is a mapping with apiVersion, kind, metadata and spec`;
  if (kind === undefined) return `line ${line}: \`kind\` is missing; it is Tenant or Environment`;
  const text = typeof kind === "string" ? kind.slice(0, 60) : "something that is no text";
  const nearest = nearestKey(text, ["Tenant", "Environment"]);
  return `line ${line}: unknown kind \`${text}\`${nearest === null ? "; known: Tenant, Environment" : `; did you mean \`${nearest}\`?`}`;
}

function repeated(kind: string, items: readonly { readonly name: string }[]): string[] {
  const names = items.map((item) => item.name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    (name) => `${kind} ${name} is declared twice in this file`,
  );
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let current: unknown = unwrap(schema);
  for (const part of path) current = current instanceof z.ZodObject ? unwrap(current.shape[String(part)]) : undefined;
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrap(schema.unwrap()) : schema;
}

function has(source: Source, path: readonly (string | number)[]): boolean {
  return path.length === 0 || source.document.hasIn(path);
}

/** The line of the key at this path, or of the nearest thing around it that is in the text. */
function lineAt(source: Source, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? source.document.contents : source.document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last));
      const range = isScalar(pair?.key) ? pair.key.range : null;
      if (range !== null && range !== undefined) return source.lines.linePos(range[0]).line;
    }
    const node: unknown = source.document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
      return source.lines.linePos(Number(node.range[0])).line;
  }
  return source.lines.linePos(source.document.contents?.range?.[0] ?? 0).line;
}

function invalid(problems: readonly string[]): PlimsollError {
  const shown = problems.slice(0, problemsShownMax);
  const [only = ""] = problems;
  const what = problems.length === 1 ? `${only}${only.endsWith("?") ? "" : "."}` : `${problems.length} problems.`;
  const message = `The declaration is not valid: ${what}`;
  return new PlimsollError("INPUT_INVALID", message, { because: shown, fix: "Correct these lines; nothing was changed." });
}

/** Of the parser's words those that a person meets who writes YAML by hand. */
const inPlainWords: Readonly<Record<string, string>> = {
  "All mapping items must start at the same column": "this line isn't indented as the keys are that it belongs with",
  "Tabs are not allowed as indentation": "a tab indents this line; YAML takes spaces only",
  "Nested mappings are not allowed in compact mappings": "a second `:` on this line, or an indentation that doesn't fit",
};

/** The first fault alone: after a wrong indentation every further line is one, which says nothing new. */
function syntaxProblem(document: Document, lines: LineCounter): string {
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const message = firstLine(first?.message ?? "unreadable");
  return `line ${lines.linePos(first?.pos[0] ?? 0).line}: ${inPlainWords[message] ?? message}`;
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? text).replace(/ at line \d+, column \d+:?$/, "");
}
