import { builtinModules } from "node:module";
import { rooms, type Room } from "./import-table.ts";
import { parseFile, type Reference } from "./parsed-file.ts";
import { isTest, sourcesUnder, type SourceTree, type Violation } from "./source-tree.ts";

/** What tests may use beyond what their room may. */
const testPackages = ["vitest", "fast-check", "zod", "yaml", "pg"];

/** Checks every reference of every file of src against the table. */
export function checkImports(tree: SourceTree): Violation[] {
  return sourcesUnder(tree, "src/").flatMap((file) => {
    const room = roomOf(file);
    if (room === null) return [{ file, message: "is in no room of the import table" }];
    return parseFile(tree, file).references.flatMap((reference) => {
      const problem = isTest(file) ? problemInTest(room, reference, file) : problemOf(room, reference, file);
      return problem === null ? [] : [{ file, message: problem }];
    });
  });
}

/** The room of a file, with `*` replaced by the name of its own folder. */
export function roomOf(file: string): Room | null {
  const matches = rooms.flatMap((room) => {
    const pattern = new RegExp(`^(${room.folder.replaceAll("*", "[^/]+")})/`);
    const folder = pattern.exec(file)?.[1];
    return folder === undefined ? [] : [{ ...room, folder }];
  });
  return matches.sort((a, b) => b.folder.length - a.folder.length)[0] ?? null;
}

function problemOf(room: Room, reference: Reference, file: string): string | null {
  const { specifier, target, typeOnly } = reference;
  if (target === null) return outsideProblem(room, specifier);
  // A file that isn't source is read, not imported: a migration, a script for Odoo, package.json.
  if (reference.how === "file-name" && !target.endsWith(".ts")) return null;
  if (!target.startsWith("src/")) return `${room.folder} reaches out of src: ${specifier}`;
  if (isTest(target)) return `source imports a test: ${specifier}`;
  const to = roomOf(target)?.folder;
  if (to === undefined) return `imports ${target}, which is in no room`;
  if (to === room.folder || within(target, room.values)) return null;
  if (within(target, room.types))
    return typeOnly ? null : `${room.folder} may import types of ${to} only, and imports a value: ${specifier}`;
  return `${room.folder} may not import ${to}: ${specifier} (in ${file})`;
}

/** A test is wired like main, out of real parts; but what the domain promises is shown with the domain alone. */
function problemInTest(room: Room, reference: Reference, file: string): string | null {
  const { specifier, target } = reference;
  if (target === null) return isNode(specifier) || testPackages.includes(packageOf(specifier)) ? null : outsideProblem(room, specifier);
  return room.folder.startsWith("src/domain/") && target.startsWith("src/")
    ? problemOf({ ...room, values: ["src/domain"] }, reference, file)
    : null;
}

function outsideProblem(room: Room, specifier: string): string | null {
  if (isNode(specifier)) return room.node === "all" || room.node.includes(specifier) ? null : `${room.folder} may not use ${specifier}`;
  const name = packageOf(specifier);
  if (room.npm === "all" || room.npm.includes(name)) return null;
  return `${room.folder} may not use the package ${name}`;
}

function within(target: string, folders: readonly string[]): boolean {
  return folders.some((folder) => target.startsWith(`${folder}/`));
}

export function isNode(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier.split("/")[0] ?? "");
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
