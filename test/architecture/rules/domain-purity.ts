import { isNode, lineOf, parseFile, type Node } from "../parsed-file.ts";
import { isTest, sourcesUnder, withFiles, type Rule, type SourceTree, type Violation } from "../source-tree.ts";

/** Names that stand for the world outside: a clock, chance, a process, a network. Time, ids and hashes are arguments. */
const world = new Set([
  "Date",
  "Intl",
  "performance",
  "crypto",
  "process",
  "globalThis",
  "global",
  "fetch",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "console",
  "require",
  "Buffer",
  "WebAssembly",
  "eval",
]);

export const domainPurity: Rule = {
  name: "the domain has no clock, no randomness and no world",
  check: (tree) =>
    sourcesUnder(tree, "src/domain/")
      .filter((file) => !isTest(file))
      .flatMap((file) => impurities(tree, file)),
  planted: [
    plant("the time", "export const at = (): string => new Date().toISOString();", /Date/),
    plant("the time by its other name", "export const at = (): number => Date.now();", /Date/),
    plant("chance", "export const dice = (): number => Math.random();", /Math\.random/),
    plant("chance, taken apart", "const { random } = Math;\nexport const dice = (): number => random();", /Math/),
    plant("chance, by a computed name", 'export const dice = (): number => Math["random"]();', /Math\.random/),
    plant("the process", "export const user = process.env;", /process/),
    plant("a way round", 'export const at = Reflect.get(globalThis, "Date");', /globalThis/),
  ],
};

function impurities(tree: SourceTree, file: string): Violation[] {
  const found: Violation[] = [];
  const report = (node: Node, what: string): void => {
    found.push({
      file,
      message: `line ${lineOf(tree.get(file) ?? "", node.start)}: ${what} is not for the domain; take it as an argument`,
    });
  };
  const { nodes } = parseFile(tree, file);
  const names = new Set<unknown>();
  nodes.forEach((node) => {
    // A member or a key that is only called like something of the world isn't it: `plan.process`.
    if (node.type === "MemberExpression" && node["computed"] !== true) names.add(node["property"]);
    if (node.type === "Property" && node["computed"] !== true && node["shorthand"] !== true) names.add(node["key"]);
    if (
      node.type === "TSPropertySignature" ||
      node.type === "PropertyDefinition" ||
      node.type === "MethodDefinition" ||
      node.type === "TSMethodSignature"
    )
      names.add(node["key"]);
  });
  nodes.forEach((node) => {
    if (node.type === "Identifier" && world.has(String(node["name"])) && !names.has(node)) report(node, String(node["name"]));
    if (node.type === "MemberExpression" && nameOf(node["object"]) === "Math" && nameOf(node["property"]) === "random")
      report(node, "Math.random");
    if (node.type === "VariableDeclarator" && nameOf(node["init"]) === "Math") report(node, "Math as a value");
  });
  return found;
}

function nameOf(node: unknown): unknown {
  return isNode(node) ? (node["name"] ?? node["value"]) : undefined;
}

function plant(what: string, text: string, says: RegExp): Rule["planted"][number] {
  return { what, tree: (tree) => withFiles(tree, { "src/domain/plan/planted.ts": `${text}\n` }), says };
}
