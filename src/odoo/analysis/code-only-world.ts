import type { ReleaseContent, ReleaseFile } from "../../domain/release/release.ts";
import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { PythonFile, SourceModel } from "../../domain/release/source-model.ts";

/** One of the two releases as the proof sees it. */
export interface CodeWorld {
  readonly content: ReleaseContent;
  /** Modules of the release that are installed and loaded from it. */
  readonly modules: ReadonlySet<string>;
  readonly sources: SourceModel;
  /** Every file of those modules, by `<module>/<path>`. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
  /** Modules of the release that aren't installed. */
  readonly elsewhere: ReadonlySet<string>;
}

/** As much of it as is needed to follow names through its Python. */
export type PythonWorld = Pick<CodeWorld, "modules"> & { readonly sources: Pick<SourceModel, "python"> };

export function codeWorld(content: ReleaseContent, loaded: ReadonlySet<string>, sources: SourceModel): CodeWorld {
  const indexes = new Map(content.modules.filter((module) => loaded.has(module.name)).map((module) => [module.name, module.addonsIndex]));
  const files = new Map<string, ReleaseFile>();
  for (const file of content.files) {
    const [index, module = "", ...rest] = file.path.split("/");
    if (String(indexes.get(module)) === index) files.set(`${module}/${rest.join("/")}`, file);
  }
  return {
    content,
    modules: new Set(indexes.keys()),
    sources,
    files,
    elsewhere: new Set(content.modules.map((module) => module.name).filter((name) => !indexes.has(name))),
  };
}

export function splitPath(path: string): { readonly module: string; readonly file: string } {
  const at = path.indexOf("/");
  return { module: path.slice(0, at), file: path.slice(at + 1) };
}

export function breach(clause: string, path: string, line: number | null, what: string): CodeProofBreach {
  const { module, file } = splitPath(path);
  return { clause, module, file, line, what };
}

/** Python that runs when Odoo loads a module: tests and migration scripts don't, and the manifest is no program. */
export function isLoadedPython(path: string): boolean {
  const { file } = splitPath(path);
  return file.endsWith(".py") && file !== "__manifest__.py" && !/^(?:tests|migrations|upgrades)\//.test(file);
}

/** Readable Python of a release, by path. */
export function loadedPython(world: PythonWorld): [string, PythonFile][] {
  return [...world.sources.python].flatMap(([path, file]) =>
    file !== null && isLoadedPython(path) && world.modules.has(splitPath(path).module) ? [[path, file]] : [],
  );
}
