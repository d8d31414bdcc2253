import type { GraphModule } from "./graph-module.ts";

export interface LoadOrder {
  /** As Odoo loads them. */
  readonly order: readonly string[];
  /** Asked for, and skipped by Odoo with no more than a line in its log. */
  readonly skipped: readonly { readonly module: string; readonly why: "not-installable" | "dependency-missing" | "cycle" }[];
}

interface Place {
  readonly depth: number;
  readonly name: string;
}

/**
 * The order in which Odoo 19 loads modules that are installed (`modules/module_graph.py` in the mode `load`): `base`, then by the longest
 * way to it, then by name. A module whose name begins with `test_` comes right after its last dependency.
 */
export function loadOrder(names: Iterable<string>, universe: ReadonlyMap<string, GraphModule>): LoadOrder {
  const asked = new Set(names);
  const skipped: LoadOrder["skipped"][number][] = [];
  const here = new Map<string, GraphModule>();
  for (const name of asked) {
    const module = universe.get(name);
    if (module?.installable === true) here.set(name, module);
    else skipped.push({ module: name, why: "not-installable" });
  }
  skipped.push(...dropIncomplete(here).map((module) => ({ module, why: "dependency-missing" as const })));
  const places = placesOf(here);
  for (const name of here.keys()) if (!places.has(name)) skipped.push({ module: name, why: "cycle" });
  return {
    order: [...places].sort(([, a], [, b]) => comparePlaces(a, b)).map(([name]) => name),
    skipped: skipped.sort((a, b) => (a.module < b.module ? -1 : 1)),
  };
}

/** Whoever depends on one that isn't there is skipped, and so on. */
function dropIncomplete(here: Map<string, GraphModule>): string[] {
  const dropped: string[] = [];
  for (let before = -1; before !== dropped.length;) {
    before = dropped.length;
    for (const module of here.values()) {
      if (module.depends.every((name) => here.has(name))) continue;
      here.delete(module.name);
      dropped.push(module.name);
    }
  }
  return dropped;
}

/** Kahn's way, so that depth of dependencies is never depth of calls; what is in a cycle gets no place. */
function placesOf(here: ReadonlyMap<string, GraphModule>): Map<string, Place> {
  const waiting = new Map([...here.values()].map((module) => [module.name, new Set(module.depends).size]));
  const dependents = new Map<string, string[]>();
  for (const module of here.values())
    for (const name of new Set(module.depends)) {
      const known = dependents.get(name);
      if (known === undefined) dependents.set(name, [module.name]);
      else known.push(module.name);
    }
  const places = new Map<string, Place>();
  const ready = [...here.values()].filter((module) => module.depends.length === 0);
  for (let module = ready.pop(); module !== undefined; module = ready.pop()) {
    places.set(module.name, placeOf(module, places));
    for (const name of dependents.get(module.name) ?? []) {
      const left = (waiting.get(name) ?? 0) - 1;
      waiting.set(name, left);
      const next = here.get(name);
      if (left === 0 && next !== undefined) ready.push(next);
    }
  }
  return places;
}

function placeOf(module: GraphModule, places: ReadonlyMap<string, Place>): Place {
  const last = module.depends
    .flatMap((name) => places.get(name) ?? [])
    .toSorted(comparePlaces)
    .at(-1);
  if (last === undefined) return { depth: 0, name: module.name };
  // The blank is smaller than every character of a name.
  return module.name.startsWith("test_")
    ? { depth: last.depth, name: `${last.name} ${module.name}` }
    : { depth: last.depth + 1, name: module.name };
}

function comparePlaces(a: Place, b: Place): number {
  return a.depth - b.depth || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
