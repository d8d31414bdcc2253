import { readSourceTree, type SourceTree } from "../architecture/source-tree.ts";

/** A fenced block of a document. */
export interface DocBlock {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** One command of a `sh` block, as words; `name=$(command)` gives the command and the variable that it sets. */
export interface DocCommand {
  readonly file: string;
  readonly line: number;
  readonly words: readonly string[];
  readonly sets: string | null;
}

export function documents(tree: SourceTree = readSourceTree()): string[] {
  return [...tree.keys()].filter((path) => path.endsWith(".md") && (!path.includes("/") || path.startsWith("docs/")));
}

export function blocksOf(tree: SourceTree, language: string, files: readonly string[] = documents(tree)): DocBlock[] {
  return files.flatMap((file) => {
    const text = tree.get(file) ?? "";
    return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
      .filter((match) => match[1] === language)
      .map((match) => ({ file, language, line: text.slice(0, match.index).split("\n").length + 1, text: match[2] ?? "" }));
  });
}

/** The commands of the `sh` blocks; a block holds nothing but commands, one a line. */
export function commandsOf(tree: SourceTree, files: readonly string[] = documents(tree)): DocCommand[] {
  return blocksOf(tree, "sh", files).flatMap((block) =>
    block.text
      .trimEnd()
      .split("\n")
      .map((text, index) => {
        const assigned = /^(\w+)=\$\((.*)\)$/.exec(text);
        return { file: block.file, line: block.line + index, words: shellWords(assigned?.[2] ?? text), sets: assigned?.[1] ?? null };
      }),
  );
}

/** Splits as a shell does, as far as the documents go: blanks, both kinds of quotes. @throws Error for a quote that isn't closed */
export function shellWords(text: string): string[] {
  const words = [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map((match) =>
    match[0].replaceAll(/"([^"]*)"|'([^']*)'/g, (_all, double?: string, single?: string) => double ?? single ?? ""),
  );
  if (((text.match(/"/g) ?? []).length + (text.match(/'/g) ?? []).length) % 2 !== 0) throw new Error(`a quote isn't closed: ${text}`);
  return words;
}
