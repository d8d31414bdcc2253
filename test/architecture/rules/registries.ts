import { extensionPoints } from "../import-table.ts";
import { isNode, parseFile, walk } from "../parsed-file.ts";
import { withChange, withFiles, type Rule, type SourceTree, type Violation } from "../source-tree.ts";

export const registriesListFolders: Rule = {
  name: "each registry lists exactly the folders beside it, each once",
  check: (tree) => extensionPoints.flatMap((point) => checkPoint(tree, point)),
  planted: [
    {
      what: "a folder without a line",
      tree: (tree) => withFiles(tree, { "src/extensions/steps/planted/planted.ts": "export const planted = 1;\n" }),
      says: /steps\/planted is in no line of the registry/,
    },
    {
      what: "an import that isn't in the list",
      tree: (tree) =>
        withChange(
          withFiles(tree, { "src/extensions/gates/planted/planted.ts": "export const planted = 1;\n" }),
          "src/extensions/gates/registry.ts",
          (text) => `import { planted } from "./planted/planted.ts";\n${text}`,
        ),
      says: /gates\/planted is in no line of the registry/,
    },
    {
      what: "a line whose folder is gone",
      tree: (tree) => withoutFolder(tree, "src/extensions/change-kinds/release/"),
      says: /change-kinds\/release is listed and doesn't exist/,
    },
    {
      what: "no registry",
      tree: (tree) => withoutFolder(tree, "src/extensions/runtimes/registry.ts"),
      says: /runtimes\/registry\.ts is missing/,
    },
    {
      what: "a line twice",
      tree: (tree) => withChange(tree, "src/extensions/steps/registry.ts", (text) => text.replace(/(= \[)\s*([^,\]]+)/, "$1$2, $2")),
      says: /is listed twice/,
    },
  ],
};

function checkPoint(tree: SourceTree, point: string): Violation[] {
  const registry = `src/extensions/${point}/registry.ts`;
  if (!tree.has(registry)) return [{ file: registry, message: `${registry} is missing` }];
  const folders = foldersOf(tree, point);
  const listed = listedFolders(tree, registry);
  const unlisted = [...folders].filter((folder) => !listed.includes(folder));
  const gone = listed.filter((folder) => !folders.has(folder));
  const twice = listed.filter((folder, index) => listed.indexOf(folder) !== index);
  return [
    ...unlisted.map((folder) => ({ file: registry, message: `${point}/${folder} is in no line of the registry` })),
    ...gone.map((folder) => ({ file: registry, message: `${point}/${folder} is listed and doesn't exist` })),
    ...twice.map((folder) => ({ file: registry, message: `${point}/${folder} is listed twice` })),
    ...(listed.length === 0 ? [{ file: registry, message: "the registry has no exported list, or an empty one" }] : []),
  ];
}

export function foldersOf(tree: SourceTree, point: string): Set<string> {
  const inside = `src/extensions/${point}/`;
  const names = [...tree.keys()].filter((path) => path.startsWith(inside)).map((path) => path.slice(inside.length).split("/"));
  return new Set(names.flatMap((parts) => (parts.length > 1 && parts[0] !== undefined ? [parts[0]] : [])));
}

/** Folders in the order of the list `export const … = [ … ]`, through the imports of its elements. */
export function listedFolders(tree: SourceTree, registry: string): string[] {
  const { program } = parseFile(tree, registry);
  const folderOfName = new Map<string, string>();
  const listed: string[] = [];
  walk(program, (node) => {
    if (node.type === "ImportDeclaration" && isNode(node["source"])) {
      const folder = /^\.\/([^/]+)\//.exec(String(node["source"]["value"]))?.[1];
      if (folder === undefined) return;
      for (const specifier of node["specifiers"] as unknown[]) {
        if (isNode(specifier) && isNode(specifier["local"])) folderOfName.set(String(specifier["local"]["name"]), folder);
      }
    }
  });
  walk(program, (node) => {
    if (node.type !== "ExportNamedDeclaration") return;
    walk(node["declaration"], (inner) => {
      if (inner.type !== "ArrayExpression") return;
      walk(inner["elements"], (element) => {
        const folder = element.type === "Identifier" ? folderOfName.get(String(element["name"])) : undefined;
        if (folder !== undefined) listed.push(folder);
      });
    });
  });
  return listed;
}

function withoutFolder(tree: SourceTree, prefix: string): SourceTree {
  return new Map([...tree].filter(([path]) => !path.startsWith(prefix)));
}
