import { parseFile } from "../parsed-file.ts";
import { isTest, sourcesUnder, withFiles, type Rule, type SourceTree } from "../source-tree.ts";

/** Files that something outside src starts or reads: what main/ holds, and what bin/ and tools/ import. */
function entries(tree: SourceTree): string[] {
  const outside = [...tree.keys()].filter((path) => /^(bin|tools)\//.test(path));
  const named = outside.flatMap((path) => [...(tree.get(path) ?? "").matchAll(/src\/[\w./-]+\.ts/g)].map((match) => match[0]));
  return [...sourcesUnder(tree, "src/main/"), ...named].filter((path) => !isTest(path));
}

export const noOrphans: Rule = {
  name: "every file of src is reached from main, bin or tools",
  check: (tree) => {
    const reached = new Set<string>();
    const queue = entries(tree);
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (reached.has(path) || !tree.has(path) || !path.endsWith(".ts")) continue;
      reached.add(path);
      queue.push(...parseFile(tree, path).references.flatMap((reference) => reference.target ?? []));
    }
    return sourcesUnder(tree, "src/")
      .filter((file) => !isTest(file) && !reached.has(file))
      .map((file) => ({ file, message: "nothing that runs reaches this file" }));
  },
  planted: [
    {
      what: "a file that nobody imports",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": "export const planted = 1;\n" }),
      says: /nothing that runs reaches/,
    },
    {
      what: "a file that only its test imports",
      tree: (tree) =>
        withFiles(tree, {
          "src/engine/planted.ts": "export const planted = 1;\n",
          "src/engine/planted.test.ts": 'import { planted } from "./planted.ts";\nplanted;\n',
        }),
      says: /nothing that runs reaches/,
    },
  ],
};
