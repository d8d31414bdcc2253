import { isNode, lineOf, parseFile, type Node } from "../parsed-file.ts";
import { withFiles, type Rule, type SourceTree, type Violation } from "../source-tree.ts";

const tests = new Set(["it", "test", "describe", "bench", "suite"]);
const hiding = new Set(["skip", "only", "todo", "fails", "skipIf", "runIf"]);

/** Tests are run, all of them: a test that can't run fails. */
export const noHiddenTests: Rule = {
  name: "no test is skipped, alone, or to do",
  check: (tree) =>
    typescriptOf(tree).flatMap((file) =>
      report(tree, file, (node) => {
        if (node.type !== "MemberExpression" || !hiding.has(memberName(node))) return null;
        let object = node["object"];
        while (isNode(object) && object.type === "MemberExpression") object = object["object"];
        return isNode(object) && tests.has(String(object["name"])) ? `${String(object["name"])}.${memberName(node)} hides a test` : null;
      }),
    ),
  planted: ["skip", "only", "todo", "skipIf(true)", "concurrent.only"].map((how) => ({
    what: how,
    tree: (tree) => withFiles(tree, { "src/engine/planted.test.ts": `import { it } from "vitest";\nit.${how}("is planted", () => {});\n` }),
    says: /hides a test/,
  })),
};

// In two halves, so that this file doesn't hold what it looks for.
const markers = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "not " + "implemented", "place" + "holder", "st" + "ub"].join("|")})\\b`,
  "i",
);

export const nothingLeftForLater: Rule = {
  name: "nothing is left for later",
  check: (tree) =>
    [...tree.keys()]
      .filter((path) => /^(src|tools)\//.test(path) && !/\.test\.m?[jt]s$/.test(path))
      .flatMap((file) => linesWith(tree, file, markers, "is left for later")),
  planted: [
    {
      what: "a marker in a comment",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": `// ${"TO"}DO: later\n` }),
      says: /is left for later/,
    },
    {
      what: "an unfinished function",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": `throw new Error("${"not "}implemented");\n` }),
      says: /is left for later/,
    },
  ],
};

const directives = new RegExp(
  ["@ts-" + "ignore", "@ts-" + "expect-error", "@ts-" + "nocheck", "oxlint-" + "disable", "eslint-" + "disable"].join("|"),
);

/** The compiler and the linter see everything. */
export const nobodyLooksAway: Rule = {
  name: "no any, and no comment that turns a tool off",
  check: (tree) => [
    ...typescriptOf(tree).flatMap((file) =>
      report(tree, file, (node) => (node.type === "TSAnyKeyword" ? "any turns the compiler off; use unknown and narrow it" : null)),
    ),
    ...typescriptOf(tree).flatMap((file) =>
      parseFile(tree, file)
        .comments.filter((comment) => directives.test(comment.value))
        .map((comment) => ({ file, message: `line ${lineOf(tree.get(file) ?? "", comment.start)}: turns a tool off` })),
    ),
  ],
  planted: [
    {
      what: "a cast to any",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": `export const a = 1 as ${"an"}y;\n` }),
      says: /any turns the compiler off/,
    },
    {
      what: "a directive",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": `// @ts-${"expect"}-error because\nexport const a: string = 1;\n` }),
      says: /turns a tool off/,
    },
  ],
};

function typescriptOf(tree: SourceTree): string[] {
  return [...tree.keys()].filter((path) => path.endsWith(".ts"));
}

function memberName(node: Node): string {
  return isNode(node["property"]) ? String(node["property"]["name"] ?? node["property"]["value"]) : "";
}

function report(tree: SourceTree, file: string, problem: (node: Node) => string | null): Violation[] {
  const found: Violation[] = [];
  parseFile(tree, file).nodes.forEach((node) => {
    const message = problem(node);
    if (message !== null) found.push({ file, message: `line ${lineOf(tree.get(file) ?? "", node.start)}: ${message}` });
  });
  return found;
}

export function linesWith(tree: SourceTree, file: string, pattern: RegExp, message: string): Violation[] {
  return (tree.get(file) ?? "").split("\n").flatMap((line, index) => {
    const match = pattern.exec(line)?.[0];
    return match === undefined ? [] : [{ file, message: `line ${index + 1}: "${match}" ${message}` }];
  });
}
