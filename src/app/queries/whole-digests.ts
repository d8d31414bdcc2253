import type { FileDigests, PythonTexts, SourceTrees } from "../ports/source-trees.ts";
import type { SideModule } from "../../odoo/analysis/side.ts";
import { byName, type ReadRoots } from "./read-roots.ts";

/** A tree with the path that it was read from. */
export interface ReadTree extends ReadRoots {
  readonly path: string;
}

/** Paths whose bytes differ; a file that couldn't be read counts as different. */
export function changedFiles(before: FileDigests, after: FileDigests): readonly string[] {
  return [...after].filter(([path, digest]) => before.has(path) && (digest === null || before.get(path) !== digest)).map(([path]) => path);
}

/**
 * Both sides with the digests of all files of modules that both have, since a release may change files that declare nothing; and with their
 * Python where any of it differs.
 */
export async function withFileDigests(trees: SourceTrees, old: ReadTree, now: ReadTree): Promise<readonly [ReadTree, ReadTree]> {
  const before = byName(old.modules);
  const common = new Set(now.modules.filter((module) => before.has(module.name)).map((module) => module.name));
  const sides = [await withFiles(trees, old, common), await withFiles(trees, now, common)] as const;
  if (!pythonDiffers(sides[0].modules, sides[1].modules)) return sides;
  return [
    { ...sides[0], modules: await withPython(trees, [old.path], sides[0].modules) },
    { ...sides[1], modules: await withPython(trees, [now.path], sides[1].modules) },
  ];
}

/** More than this isn't compared statement by statement: of much else is a release that large, and it takes seconds. */
const pythonBytesMax = 8 * 1024 * 1024;

/** Modules with their Python, where there isn't too much of it. */
export async function withPython(
  trees: SourceTrees,
  paths: readonly string[],
  modules: readonly SideModule[],
): Promise<readonly SideModule[]> {
  const names = new Set(modules.map(({ name }) => name));
  const texts = new Map<string, PythonTexts>();
  for (const path of paths) {
    const found = await trees.pythonTexts(path, names, pythonBytesMax);
    if (found === null) return modules;
    for (const [name, python] of found) if (!texts.has(name)) texts.set(name, python);
  }
  const first = byName(modules);
  return modules.map((module) => {
    const python = first.get(module.name) === module ? texts.get(module.name) : undefined;
    return python === undefined ? module : { ...module, python };
  });
}

/** Does any Python differ of modules that both have? */
function pythonDiffers(before: readonly SideModule[], after: readonly SideModule[]): boolean {
  const [old, now] = [byName(before), byName(after)];
  return [...now].some(([name, { files }]) => {
    const had = old.get(name)?.files;
    if (had === undefined || files === undefined) return false;
    return [...new Set([...had.keys(), ...files.keys()])].some(
      (path) => path.endsWith(".py") && path !== "__manifest__.py" && !path.startsWith("tests/") && had.get(path) !== files.get(path),
    );
  });
}

export async function withFiles(trees: SourceTrees, tree: ReadTree, names: ReadonlySet<string>): Promise<ReadTree> {
  if (names.size === 0) return tree;
  const digests = await trees.fileDigests(tree.path, names);
  // Of several with a name only the first is loaded.
  const first = byName(tree.modules);
  const modules = tree.modules.map((module) => {
    const files = first.get(module.name) === module ? digests.get(module.name) : undefined;
    return files === undefined ? module : { ...module, files };
  });
  return { ...tree, modules };
}
