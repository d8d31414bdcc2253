import type { ManifestSource, ModuleSource } from "../../domain/release/module-source.ts";
import { readVersion } from "../../domain/release/module-version.ts";
import type { ModuleFacts } from "../../domain/release/release.ts";

/** A module as Odoo's module graph sees it. */
export type GraphModule = Pick<ModuleFacts, "name" | "version" | "depends" | "installable" | "autoInstall"> & {
  /** As written; absent: none. */
  readonly category?: string;
};
export type ModuleGraph = ReadonlyMap<string, GraphModule>;

type Universe = ReadonlyMap<string, ModuleSource>;
interface WithManifest {
  readonly name: string;
  readonly manifest: ManifestSource | null;
}

/** null: there is no manifest that can be read, and so for Odoo no module. */
function graphModule({ manifest, name }: WithManifest, series: string): GraphModule | null {
  if (manifest === null) return null;
  const written = manifest.version ?? "1.0";
  const reading = readVersion(written, series);
  return {
    name,
    version: reading.kind === "malformed" ? written : reading.version,
    depends: name === "base" ? [] : manifest.depends.length === 0 ? ["base"] : manifest.depends,
    installable: manifest.installable && reading.kind === "ok",
    autoInstall: manifest.autoInstall,
    ...(manifest.category === null ? {} : { category: manifest.category }),
  };
}

/** The graph's view of every module that has a manifest. */
export function graphOf(universe: Universe, series: string): ModuleGraph {
  return graphs.get(universe) ?? graphOfManifests(universe, universe.values(), series);
}

/** The same from manifests alone, so that no module has to be read for it. */
export function graphOfManifests(universe: Universe, modules: Iterable<WithManifest>, series: string): ModuleGraph {
  const graph = new Map<string, GraphModule>();
  for (const one of modules) {
    const module = graphModule(one, series);
    if (module !== null) graph.set(one.name, module);
  }
  graphs.set(universe, graph);
  return graph;
}

/** Every analysis asks for the graph of the same two sides. */
const graphs = new WeakMap<Universe, ModuleGraph>();
