import type { ModuleSource } from "../../domain/release/module-source.ts";
import { emptyManifest, readManifestSource } from "./manifest-source.ts";
import { readModuleData } from "./module-data.ts";
import { pythonMentions } from "./python-mentions.ts";
import { readPythonPackage } from "./python-package.ts";

/**
 * Everything that the files of a module say; nothing is run.
 *
 * @param of.files path in the module → text, of the files that were read; null: not UTF-8. A byte-order mark is still there
 * @param of.paths every path, also of files that weren't read
 */
export function readModuleSource(of: {
  readonly name: string;
  readonly files: ReadonlyMap<string, string | null>;
  readonly paths: readonly string[];
}): ModuleSource {
  const { manifest, problems } = readManifestSource(of.name, of.files.get("__manifest__.py"));
  const python = readPythonPackage({ module: of.name, files: of.files });
  const data = readModuleData({ module: of.name, manifest: manifest ?? emptyManifest, files: of.files, paths: new Set(of.paths) });
  return {
    name: of.name,
    manifest,
    python: python.python,
    notImported: python.notImported,
    ...(python.looseModels === undefined ? {} : { looseModels: python.looseModels }),
    ...(python.importsElsewhere === undefined ? {} : { importsElsewhere: python.importsElsewhere }),
    data: data.data,
    translations: data.translations,
    scripts: python.scripts,
    mentions: pythonMentions(of.files),
    neutralize: data.neutralize,
    files: of.paths.toSorted(),
    unknowns: [...python.unknowns, ...data.unknowns],
    problems: [...problems, ...python.problems, ...data.problems],
  };
}
