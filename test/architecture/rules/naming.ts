import { parseFile } from "../parsed-file.ts";
import { isTest, sourcesUnder, withFiles, type Rule } from "../source-tree.ts";
import { linesWith } from "./left-for-later.ts";

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
const nothingNames = new Set(["utils", "util", "helpers", "helper", "common", "misc", "stuff", "index"]);
const linesMax = 400;

export const names: Rule = {
  name: "files are named in kebab case after what they hold",
  check: (tree) =>
    [...tree.keys()]
      .filter(
        (path) =>
          /^(src|test|tools|bin)\//.test(path) && !path.startsWith("test/fixtures/") && !path.endsWith(".py") && !path.endsWith(".md"),
      )
      .flatMap((file) => {
        const parts = file.split("/");
        const odd = parts.filter((part) => !kebab.test(part));
        const empty = parts.filter((part) => nothingNames.has(part.split(".")[0] ?? ""));
        return [
          ...odd.map((part) => ({ file, message: `${part} isn't kebab case` })),
          ...empty.map((part) => ({ file, message: `${part} says nothing about what is in it` })),
        ];
      }),
  planted: [
    {
      what: "camel case",
      tree: (tree) => withFiles(tree, { "src/engine/plantedThing.ts": "export const a = 1;\n" }),
      says: /isn't kebab case/,
    },
    { what: "a drawer", tree: (tree) => withFiles(tree, { "src/engine/utils.ts": "export const a = 1;\n" }), says: /says nothing/ },
    { what: "a barrel", tree: (tree) => withFiles(tree, { "src/engine/index.ts": "export const a = 1;\n" }), says: /says nothing/ },
  ],
};

export const fileLength: Rule = {
  name: "a file over 400 lines says why",
  check: (tree) =>
    [...tree.keys()]
      .filter((path) => /^(src|test|tools|bin)\/.*\.(ts|mjs)$/.test(path))
      .flatMap((file) => {
        const lines = (tree.get(file) ?? "").split("\n");
        const says = /Longer than 400 lines because \S+/.test(lines.slice(0, 20).join("\n"));
        return lines.length - 1 > linesMax && !says
          ? [
              {
                file,
                message: `${lines.length - 1} lines; a file over ${linesMax} begins with "Longer than 400 lines because …", or is divided`,
              },
            ]
          : [];
      }),
  planted: [
    { what: "a long file", tree: (tree) => withFiles(tree, { "src/engine/planted.ts": "export {};\n".repeat(401) }), says: /401 lines/ },
  ],
};

export const noDefaultExports: Rule = {
  name: "exports have names",
  check: (tree) =>
    sourcesUnder(tree, "src/")
      .filter((file) => parseFile(tree, file).program.body.some((statement) => statement.type === "ExportDefaultDeclaration"))
      .map((file) => ({ file, message: "has a default export" })),
  planted: [
    {
      what: "a default export",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": "export default 1;\n" }),
      says: /default export/,
    },
  ],
};

const machinePaths = new RegExp(["/wo" + "rk/", "/ro" + "ot/", "/fa" + "rm/", "bash_" + "jobs"].join("|"));

export const noMachinePaths: Rule = {
  name: "no path of a developer's machine",
  check: (tree) => [...tree.keys()].flatMap((file) => linesWith(tree, file, machinePaths, "is a path of one machine")),
  planted: [
    {
      what: "a home directory",
      tree: (tree) => withFiles(tree, { "docs/planted.md": `Look in ${"/ro"}ot/plimsoll.\n` }),
      says: /path of one machine/,
    },
  ],
};

const aboutTheWork = new RegExp(
  `\\b(${["cla" + "ude", "chat" + "gpt", "co" + "pilot", "L" + "LM", "A" + "I assistant", "sub" + "agent", "C" + "EO", "steering " + "repo"].join("|")})\\b`,
  "i",
);

export const theProductAlone: Rule = {
  name: "the repository speaks of the product alone",
  check: (tree) => [...tree.keys()].flatMap((file) => linesWith(tree, file, aboutTheWork, "is not about the product")),
  planted: [
    {
      what: "a remark about the work",
      tree: (tree) => withFiles(tree, { "src/engine/planted.ts": `// Found by a ${"sub"}agent.\n` }),
      says: /not about the product/,
    },
  ],
};

export const testsBesideSources: Rule = {
  name: "a test stands beside what it tests, or under test/",
  check: (tree) =>
    [...tree.keys()]
      .filter((path) => isTest(path) && !/^(src|test|tools)\//.test(path))
      .map((file) => ({ file, message: "is outside src, test and tools" })),
  planted: [{ what: "a test in docs", tree: (tree) => withFiles(tree, { "docs/planted.test.ts": "export {};\n" }), says: /outside src/ }],
};
