import type { FileDigests, PythonTexts, SourceRoot, SourceTree, SourceTrees, TreeModule } from "../../../src/app/ports/source-trees.ts";
import type { Digest } from "../../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";
import { sha256 } from "./fake-evidence-store.ts";
import { readModuleSource } from "../../../src/odoo/source/read-module.ts";

/** Files of modules by `<module>/<path>`. */
export type TreeFiles = Readonly<Record<string, string>>;

/** Trees of modules in memory, by the path of their root; read by the real readers. */
export class FakeSourceTrees implements SourceTrees {
  readonly roots: Map<string, TreeFiles> = new Map();

  async read(roots: readonly SourceRoot[]): Promise<SourceTree> {
    const modules = new Map<string, TreeModule>();
    const shadowed: TreeModule[] = [];
    for (const [addonsIndex, { path }] of roots.entries()) {
      const files = this.roots.get(path);
      // The sample world's releases have no files.
      if (files === undefined && path.startsWith("/releases/")) continue;
      if (files === undefined) throw new PlimsollError("INPUT_INVALID", `There is no folder ${path}.`);
      for (const module of treeModules(files, addonsIndex)) {
        if (modules.has(module.name)) shadowed.push(module);
        else modules.set(module.name, module);
      }
    }
    return { modules, shadowed, problems: [], parsed: modules.size };
  }

  async fileDigests(root: string, modules: ReadonlySet<string>): Promise<ReadonlyMap<string, FileDigests>> {
    const digests = new Map<string, Map<string, Digest>>();
    for (const [path, text] of sorted(Object.entries(this.roots.get(root) ?? {}))) {
      const [module = "", ...rest] = path.split("/");
      if (!modules.has(module)) continue;
      const files = digests.get(module) ?? new Map<string, Digest>();
      digests.set(module, files.set(rest.join("/"), sha256(text)));
    }
    return digests;
  }

  async pythonTexts(root: string, modules: ReadonlySet<string>, bytesMax: number): Promise<ReadonlyMap<string, PythonTexts> | null> {
    const found = treeModules(this.roots.get(root) ?? {}).filter(({ name }) => modules.has(name));
    const bytes = found.flatMap(({ python }) => [...python.values()]).reduce((sum, text) => sum + (text?.length ?? 0), 0);
    return bytes > bytesMax ? null : new Map(found.map(({ name, python }) => [name, python]));
  }
}

interface TreeModuleWithFiles extends TreeModule {
  readonly files: FileDigests;
  readonly python: PythonTexts;
}

/** Modules as a tree has them, with the digests of all of their files and their Python. */
export function treeModules(files: TreeFiles, addonsIndex = 0): TreeModuleWithFiles[] {
  const byModule = Map.groupBy(Object.entries(files), ([path]) => path.slice(0, path.indexOf("/")));
  return [...byModule].map(([name, entries]) => {
    const own = new Map(entries.map(([path, text]) => [path.slice(name.length + 1), text] as const));
    const load = (): ReturnType<typeof readModuleSource> => readModuleSource({ name, files: own, paths: [...own.keys()].sort() });
    const read = sorted([...own].filter(([path]) => /\.(py|xml|csv|sql|po)$/.test(path)));
    const digest = sha256(JSON.stringify([read, [...own.keys()].sort()]));
    const digests = new Map([...own].map(([path, text]) => [path, sha256(text)] as const));
    const python = new Map([...own].filter(([path]) => path.endsWith(".py") && !/^(?:tests|static)\//.test(path)));
    return { name, addonsIndex, shown: name, files: digests, python, digest, manifest: load().manifest, load };
  });
}

function sorted(files: readonly [string, string][]): readonly [string, string][] {
  return files.toSorted(([a], [b]) => (a < b ? -1 : 1));
}
