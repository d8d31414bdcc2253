import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { PythonFile, PythonImport } from "../../domain/release/source-model.ts";
import { isController, isLoadStatement, isPlainClass, isPlainFunction } from "./code-only-classes.ts";
import { breach, splitPath, type CodeWorld } from "./code-only-world.ts";

/** Imports of a file that can decide which models exist, and in which order they come. */
export function importBreaches(path: string, before: CodeWorld, after: CodeWorld): CodeProofBreach[] {
  const [old, now] = [weightyImports(path, before), weightyImports(path, after)];
  const at = now.findIndex((one, index) => one.text !== old[index]?.text);
  if (at === -1 && old.length === now.length) return [];
  const one = now[at] ?? old[now.length] ?? old[0];
  return [
    breach(
      "import-changed",
      path,
      one?.line ?? null,
      "What the file imports of Odoo modules, or the order, is different, and that can change which models exist.",
    ),
  ];
}

/** Imports of modules of the release that aren't installed here but changed: their code runs all the same. */
export function foreignImports(path: string, after: CodeWorld, changedElsewhere: ReadonlySet<string>): CodeProofBreach[] {
  const file = after.sources.python.get(path);
  if (file === undefined || file === null) return [];
  return importsOf(file).flatMap((one) => {
    const module = /^odoo\.addons\.(\w+)/.exec(one.module)?.[1];
    const named = one.module === "odoo.addons" ? one.imported.map(({ name }) => name) : [module ?? ""];
    const found = named.find((name) => changedElsewhere.has(name));
    if (found === undefined) return [];
    return [
      breach(
        "import-of-uninstalled-changed",
        path,
        one.line,
        `The file imports code of the module ${found}, which changed and isn't installed here.`,
      ),
    ];
  });
}

export function importsOf(file: PythonFile): PythonImport[] {
  return file.statements.flatMap((statement) =>
    statement.kind === "import" ? [statement] : statement.kind === "other" ? statement.imports : [],
  );
}

function weightyImports(path: string, world: CodeWorld): { readonly text: string; readonly line: number }[] {
  const file = world.sources.python.get(path);
  if (file === undefined || file === null) return [];
  return importsOf(file).flatMap((one) => {
    const targets = targetsOf(path, one, world);
    if (targets === "outside") return [];
    const heavy = targets.filter((target) => !isHarmless(target, world, new Set()));
    return heavy.map((target) => ({ text: target, line: one.line }));
  });
}

/** Files that an import loads, in order; `outside`: Python libraries, Odoo itself and modules of the base, which are equal on both sides. */
function targetsOf(path: string, one: PythonImport, world: CodeWorld): string[] | "outside" {
  const dots = /^\.*/.exec(one.module)?.[0].length ?? 0;
  if (dots > 0) {
    const folder = path.split("/").slice(0, -dots);
    const named = one.module.slice(dots);
    return folder.length === 0 ? [`? ${one.module}`] : within(folder, named === "" ? [] : named.split("."), one, world);
  }
  const parts = one.module.split(".");
  if (parts[0] !== "odoo" || (parts[1] ?? "") !== "addons") return "outside";
  const modules = parts[2] === undefined ? one.imported.map(({ name }) => name) : [parts[2]];
  const known = modules.filter((module) => world.modules.has(module) || world.elsewhere.has(module));
  if (known.length === 0) return "outside";
  return known.flatMap((module) => (world.modules.has(module) ? within([module], parts.slice(3), one, world) : [`? ${one.module}`]));
}

function within(folder: readonly string[], names: readonly string[], one: PythonImport, world: CodeWorld): string[] {
  const targets: string[] = [];
  let place = [...folder];
  for (const name of names) {
    place = [...place, name];
    targets.push(fileOf(place, world) ?? `? ${one.module}`);
  }
  const submodules = one.imported.flatMap(({ name }) => fileOf([...place, name], world) ?? []);
  const all = [...targets, ...submodules];
  const itself = fileOf(place, world) ?? `? ${one.module}`;
  return all.length > 0 ? all : [itself];
}

function fileOf(parts: readonly string[], world: CodeWorld): string | null {
  const path = parts.join("/");
  return [`${path}.py`, `${path}/__init__.py`].find((one) => world.sources.python.has(one)) ?? null;
}

/** Loading it defines no model and runs nothing. */
function isHarmless(path: string, world: CodeWorld, above: ReadonlySet<string>): boolean {
  if (above.has(path)) return true;
  const file = world.sources.python.get(path);
  if (file === undefined || file === null || splitPath(path).file.startsWith("tests/")) return false;
  const deeper = new Set([...above, path]);
  return file.statements.every((statement) => {
    if (isLoadStatement(statement)) return false;
    if (statement.kind === "function") return isPlainFunction(statement);
    if (statement.kind === "class") return isController(statement, file) || isPlainClass(statement);
    const imports = statement.kind === "import" ? [statement] : statement.kind === "other" ? statement.imports : [];
    return imports.every((one) => {
      const targets = targetsOf(path, one, world);
      return targets === "outside" || targets.every((target) => isHarmless(target, world, deeper));
    });
  });
}
