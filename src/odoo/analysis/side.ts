import type { AnalysedSide } from "../../app/ports/analysis-kind.ts";
import type { FileDigests, PythonTexts, TreeModule, TreeProblem } from "../../app/ports/source-trees.ts";
import { graphOfManifests, graphOf, type GraphModule } from "./graph-module.ts";
import { LazyModules } from "./lazy-modules.ts";
import { loadOrder } from "./load-order.ts";
import { dependenciesOf } from "./module-universe.ts";
import { composeRegistry } from "./registry/compose.ts";

export interface SideModule extends Pick<TreeModule, "name" | "digest" | "manifest" | "load"> {
  /** Digests of all of its files; absent: not known. */
  readonly files?: FileDigests;
  /** Absent: not read. */
  readonly python?: PythonTexts;
  /** Where it lies, for messages. */
  readonly shown?: string;
}

/** Modules of addons folders, the folders in the order in which Odoo looks into them. */
export interface SideSources {
  /** `19.0` */
  readonly series: string;
  /** Odoo's own package, where `base` is: it wins, whatever `addons_path` says (`odoo/modules/module.py`). */
  readonly core: readonly SideModule[];
  readonly release: readonly SideModule[];
  /** The base's other folders. */
  readonly others: readonly SideModule[];
  /** Of the release. */
  readonly problems?: readonly TreeProblem[];
}

/** The modules of a side before it is known which of them are in question. */
export interface SideGround extends Pick<AnalysedSide, "universe" | "own" | "shadowed" | "series"> {
  readonly digests: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, FileDigests>;
  readonly python: ReadonlyMap<string, PythonTexts>;
  readonly problems: readonly TreeProblem[];
  /** What Odoo's module graph sees. */
  readonly graph: ReadonlyMap<string, GraphModule>;
}

/**
 * Every module by name: the first folder that has it with a manifest that can be read wins, silently (`Manifest._get_manifest_from_addons`).
 * One whose only manifest is broken is kept, so that it can be spoken of; Odoo doesn't see it.
 */
export function sideGround({ core, release, others, series, problems = [] }: SideSources): SideGround {
  const winners = new Map<string, SideModule>();
  for (const readable of [true, false])
    for (const module of [...core, ...release, ...others])
      if ((module.manifest !== null) === readable && !winners.has(module.name)) winners.set(module.name, module);
  const loses = release.filter((module) => winners.get(module.name) !== module);
  const universe = new LazyModules(winners);
  return {
    universe,
    own: new Set(release.filter((module) => winners.get(module.name) === module).map((module) => module.name)),
    shadowed: [...new Set(loses.map((module) => module.name))].sort(),
    series,
    problems,
    files: new Map([...winners].flatMap(([name, module]) => (module.files === undefined ? [] : [[name, module.files] as const]))),
    python: new Map([...winners].flatMap(([name, module]) => (module.python === undefined ? [] : [[name, module.python] as const]))),
    digests: new Map([...winners].map(([name, module]) => [name, module.digest])),
    graph: graphOfManifests(universe, winners.values(), series),
  };
}

/** A release with its base, as one Odoo would load it. */
export function analysedSide(of: {
  readonly ground: SideGround;
  /** Modules in question, with all they depend on; null: the release's own. */
  readonly modules: Iterable<string> | null;
}): AnalysedSide {
  const { universe, own, shadowed, series, digests, files, python, problems } = of.ground;
  const graph = loadable(graphOf(universe, series));
  const asked = [...(of.modules ?? own)];
  const { order } = loadOrder([...asked, ...dependenciesOf(asked, graph)], graph);
  const registry = composeRegistry(order.flatMap((name) => universe.get(name) ?? []));
  return { universe, own, shadowed, order, series, registry, digests, files, python, problems };
}

/**
 * Odoo skips a module that depends on something that isn't there. It is looked at all the same: what is missing is found and said, and may
 * only be missing here.
 */
function loadable(graph: ReadonlyMap<string, GraphModule>): ReadonlyMap<string, GraphModule> {
  return new Map([...graph].map(([name, module]) => [name, { ...module, depends: module.depends.filter((one) => graph.has(one)) }]));
}
