import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository as text: path relative to its root, with forward slashes, to content. Rules are pure functions of it. */
export type SourceTree = ReadonlyMap<string, string>;

/** One place where a rule doesn't hold. */
export interface Violation {
  readonly file: string;
  readonly message: string;
}

export interface Rule {
  readonly name: string;
  readonly check: (tree: SourceTree) => readonly Violation[];
  /** Trees that break the rule, with a piece of the message that must come out: a rule that can't fail proves nothing. */
  readonly planted: readonly { readonly what: string; readonly tree: (tree: SourceTree) => SourceTree; readonly says: RegExp }[];
}

export const repositoryRoot: string = fileURLToPath(new URL("../../", import.meta.url));

const roots = ["src", "test", "tools", "docs", "bin", ".ci"];
const textEndings = /\.(ts|mts|mjs|js|json|md|sql|py|xml|csv|ya?ml|sh|html|css|po|conf)$/;
const skippedFolders = new Set(["node_modules", "dist", "coverage", "__pycache__", ".git"]);

/** Reads every text file that belongs to the repository. */
export function readSourceTree(root: string = repositoryRoot): SourceTree {
  const files = new Map<string, string>();
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (
      entry.isFile() &&
      (textEndings.test(entry.name) || entry.name === "LICENSE" || entry.name === "NOTICE") &&
      entry.name !== "package-lock.json"
    ) {
      files.set(entry.name, readFileSync(join(root, entry.name), "utf8"));
    }
    if (entry.isDirectory() && roots.includes(entry.name)) readFolder(root, entry.name, files);
  }
  return files;
}

function readFolder(root: string, folder: string, files: Map<string, string>): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) readFolder(root, path, files);
    } else if (entry.isFile() && (textEndings.test(entry.name) || folder.startsWith(".ci"))) {
      files.set(path, readFileSync(join(root, path), "utf8"));
    }
  }
}

/** The same tree with files added or replaced; for planting violations. */
export function withFiles(tree: SourceTree, files: Readonly<Record<string, string>>): SourceTree {
  return new Map([...tree, ...Object.entries(files)]);
}

/** The same tree with one file's text changed. */
export function withChange(tree: SourceTree, path: string, change: (text: string) => string): SourceTree {
  return new Map([...tree, [path, change(tree.get(path) ?? "")] as const]);
}

/** A test, or the `test-kit.ts` that the tests of a folder share. */
export function isTest(path: string): boolean {
  return /(\.test|\/test-kit)\.ts$/.test(path);
}

/** TypeScript files under a folder. */
export function sourcesUnder(tree: SourceTree, folder: string): string[] {
  return [...tree.keys()].filter((path) => path.startsWith(folder) && path.endsWith(".ts"));
}
