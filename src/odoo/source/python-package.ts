import type { ModuleSource, PythonDeclarations, SourceProblem, Unknown } from "../../domain/release/module-source.ts";
import { declarationsOf } from "./declarations-file.ts";
import { importOrder } from "./python-imports.ts";
import { PackageFiles } from "./python-package-files.ts";
import { isScriptPath, migrationSources } from "./scripts-migration.ts";

export interface PythonPackage {
  readonly module: string;
  /** Path relative to the module → text; null: not UTF-8. */
  readonly files: ReadonlyMap<string, string | null>;
}

/** What the Python files of a module declare, read without running any of it. */
export function readPythonPackage(
  of: PythonPackage,
): Pick<ModuleSource, "python" | "notImported" | "looseModels" | "importsElsewhere" | "scripts" | "unknowns" | "problems"> {
  const files = new PackageFiles(of.module, of.files);
  const order = importOrder(files);
  const python: PythonDeclarations[] = [];
  const problems: SourceProblem[] = [...order.problems];
  for (const path of order.paths) {
    const scope = files.scope(path);
    if (scope === null) continue;
    const { declarations, problems: found } = declarationsOf(path, scope, files.names);
    python.push(declarations);
    problems.push(...found);
  }
  const paths = [...of.files.keys()].filter((path) => path.endsWith(".py"));
  const imported = new Set(order.paths);
  const scripts = migrationSources(paths, (path) => files.scope(path), files.names);
  const asked = new Set([...imported, ...scripts.map(({ file }) => file)]);
  const faults = files.faults.filter(({ file }) => asked.has(file));
  // What Python would say to a file that isn't understood here isn't certain either.
  const unread = faults.map((fault): Unknown => ({ ...fault, kind: "unreadable-file" }));
  const unknowns: Unknown[] = [...order.unknowns, ...unread];
  const notImported = paths.filter((path) => !imported.has(path) && !isElsewhere(path)).toSorted();
  const loose = notImported.filter((path) => /^\s+_(?:name|inherit)\s*[:=]/m.test(of.files.get(path) ?? " _name="));
  return {
    python,
    notImported,
    ...(loose.length > 0 ? { looseModels: loose } : {}),
    importsElsewhere: order.elsewhere,
    scripts,
    unknowns,
    problems: [...faults.filter((fault) => fault.kind === "python-syntax"), ...problems],
  };
}

/** Python that Odoo runs otherwise, or never. */
function isElsewhere(path: string): boolean {
  return path === "__manifest__.py" || path === "__openerp__.py" || isScriptPath(path) || /^(?:.*\/)?tests\/|^static\//.test(path);
}
