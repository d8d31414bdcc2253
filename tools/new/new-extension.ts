import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { templates } from "./templates.ts";

export type ExtensionType = keyof typeof templates;

export interface NewExtension {
  /** Files by path relative to the repository. */
  readonly files: Readonly<Record<string, string>>;
  readonly registry: { readonly path: string; readonly text: string; readonly added: readonly string[] };
  readonly next: readonly string[];
}

/** A request that can't be fulfilled; its message is for the person who asked. */
export class CannotCreate extends Error {
  override readonly name = "CannotCreate";
}

const idPattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const idCharactersMax = 40;
/** Of .oxfmtrc.json. */
const lineMax = 140;
/** Names that the generated source itself uses or that TypeScript keeps. */
const takenNames = new Set([
  "anyStep",
  "anyGate",
  "steps",
  "gates",
  "runtimes",
  "analysisKinds",
  "break",
  "case",
  "class",
  "const",
  "continue",
  "default",
  "delete",
  "do",
  "else",
  "enum",
  "export",
  "false",
  "finally",
  "for",
  "function",
  "if",
  "import",
  "in",
  "interface",
  "let",
  "new",
  "null",
  "package",
  "return",
  "static",
  "super",
  "switch",
  "this",
  "throw",
  "true",
  "try",
  "typeof",
  "var",
  "void",
  "while",
  "with",
  "yield",
  "await",
]);

/** Works out everything that will be written, without writing. @throws CannotCreate */
export function planExtension(root: string, type: string, id: string): NewExtension {
  if (!isExtensionType(type))
    throw new CannotCreate(`"${type}" is no kind of extension; it is one of ${Object.keys(templates).join(", ")}.`);
  const template = templates[type];
  if (!idPattern.test(id))
    throw new CannotCreate(
      `"${id}" is not an id: small letters, digits and single hyphens, beginning with a letter, such as "check-indexes".`,
    );
  if (id.length > idCharactersMax) throw new CannotCreate(`"${id}" is longer than ${idCharactersMax} characters.`);
  const name = id.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  if (takenNames.has(name)) throw new CannotCreate(`"${id}" would make the name ${name}, which is taken; add a word.`);
  const folder = `src/extensions/${template.point}/${id}`;
  if (existsSync(join(root, folder))) throw new CannotCreate(`${folder} exists already.`);
  const path = `src/extensions/${template.point}/registry.ts`;
  const line = `import { ${name} } from "./${id}/${id}.ts";`;
  return {
    files: { [`${folder}/${id}.ts`]: template.source(id, name), [`${folder}/${id}.test.ts`]: template.test(id, name) },
    registry: { path, text: withEntry(root, path, line, template.entry(name)), added: [line, `${template.entry(name)},`] },
    next: template.next(id),
  };
}

/** Writes what was worked out: folder, source, test, registry. */
export function writeExtension(root: string, extension: NewExtension): void {
  for (const [path, text] of Object.entries(extension.files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: "wx" });
  }
  writeFileSync(join(root, extension.registry.path), extension.registry.text);
}

/** The registry with its import in alphabetical order and its entry at the end of the list; the place in the list is for people to choose. */
function withEntry(root: string, path: string, importLine: string, entry: string): string {
  const text = readFileSync(join(root, path), "utf8");
  const lines = text.split("\n");
  const imports = lines.map((line, index) => ({ line, index })).filter(({ line }) => line.startsWith("import "));
  const after = imports.findLast(
    ({ line }) => !line.includes('from "./') || line.slice(line.indexOf(" from ")) < importLine.slice(importLine.indexOf(" from ")),
  );
  requireWrapper(text, entry, path);
  lines.splice((after?.index ?? -1) + 1, 0, importLine);
  const list = /(export const \w+[^=]*= \[)([^\]]*)\];/.exec(lines.join("\n"));
  if (list === null || list[1] === undefined || list[2] === undefined)
    throw new CannotCreate(`${path} has no list "export const … = [ … ];" to add to.`);
  const entries = list[2]
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  // As the formatter would have it: on one line while it fits.
  const short = `${list[1]}${[...entries, entry].join(", ")}];`;
  const long = `${list[1]}\n${[...entries, entry].map((item) => `  ${item},\n`).join("")}];`;
  return lines.join("\n").replace(list[0], () => (short.length <= lineMax ? short : long));
}

/** The point's entries are wrapped for the engine; a registry that doesn't know the wrapper isn't one of this point. */
function requireWrapper(text: string, entry: string, path: string): void {
  const wrapper = /^(any\w+)\(/.exec(entry)?.[1];
  if (wrapper === undefined || text.includes(wrapper)) return;
  throw new CannotCreate(`${path} doesn't import ${wrapper}; a registry of this point lists ${wrapper}(…).`);
}

function isExtensionType(type: string): type is ExtensionType {
  return Object.hasOwn(templates, type);
}
