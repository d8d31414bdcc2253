import type { InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import type { Base, ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";

/**
 * Every module that an Odoo with this release loads, by name. The first path that has the name wins, silently: Odoo's own package
 * (the base's index 0, whatever `addons_path` says: `odoo/modules/module.py`), then the release's paths, then the base's others.
 */
export type ModuleUniverse = ReadonlyMap<string, ModuleFacts>;

export function moduleUniverse(base: Base, release: ReleaseContent | null): ModuleUniverse {
  const inOrder = (modules: readonly ModuleFacts[]): ModuleFacts[] => [...modules].sort((a, b) => a.addonsIndex - b.addonsIndex);
  const core = base.modules.filter((module) => module.addonsIndex === 0);
  const others = base.modules.filter((module) => module.addonsIndex !== 0);
  const byName = new Map<string, ModuleFacts>();
  for (const module of [...core, ...inOrder(release?.modules ?? []), ...inOrder(others)])
    if (!byName.has(module.name)) byName.set(module.name, module);
  return byName;
}

/** Modules of a release that are never loaded, because Odoo's own package has one of that name. */
export function shadowedModules(base: Base, release: ReleaseContent): string[] {
  const core = new Set(base.modules.filter((module) => module.addonsIndex === 0).map((module) => module.name));
  return release.modules
    .map((module) => module.name)
    .filter((name) => core.has(name))
    .sort();
}

/** What working out dependencies needs to know of a module. */
type Dependent = Pick<ModuleFacts, "name" | "depends" | "installable" | "autoInstall">;
type Dependents = ReadonlyMap<string, Dependent>;

/** Everything that depends on `names`, directly or not, within `among`; `names` included as far as they are in it. */
export function dependentsOf(names: readonly string[], among: ReadonlySet<string>, universe: Dependents): Set<string> {
  const dependents = new Map<string, string[]>();
  for (const name of among) {
    for (const dependency of universe.get(name)?.depends ?? []) dependents.set(dependency, [...(dependents.get(dependency) ?? []), name]);
  }
  const found = new Set<string>();
  const queue = names.filter((name) => among.has(name));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...(dependents.get(name) ?? []));
  }
  return found;
}

/** Everything that `names` depend on, directly or not; without `names` unless they are in a cycle. */
export function dependenciesOf(names: readonly string[], universe: Dependents): Set<string> {
  const found = new Set<string>();
  const queue = names.flatMap((name) => universe.get(name)?.depends ?? []);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...(universe.get(name)?.depends ?? []));
  }
  return found;
}

/**
 * What an update of `updated` installs (`ir.module.module.button_upgrade` → `button_install`): missing dependencies with
 * theirs, and modules with `auto_install` whose triggers are then all there and at least one of them new. Countries aren't
 * looked at: a module that may appear counts as one that appears.
 */
export function newInstalls(updated: ReadonlySet<string>, installed: ReadonlySet<string>, universe: Dependents): Set<string> {
  const added = new Set<string>();
  const add = (name: string): void => {
    for (const one of [name, ...dependenciesOf([name], universe)]) if (!installed.has(one) && universe.has(one)) added.add(one);
  };
  for (const name of updated) for (const dependency of universe.get(name)?.depends ?? []) if (!installed.has(dependency)) add(dependency);
  for (let before = -1; before !== added.size;) {
    before = added.size;
    for (const module of universe.values()) {
      if (installed.has(module.name) || added.has(module.name) || !module.installable || module.autoInstall === false) continue;
      const triggers = module.autoInstall === true ? module.depends : module.autoInstall;
      const complete = triggers.every((name) => installed.has(name) || added.has(name));
      if (complete && triggers.some((name) => added.has(name))) add(module.name);
    }
  }
  return added;
}

export function isInstalled(module: InstalledModule): boolean {
  return module.state !== "uninstalled" && module.state !== "uninstallable";
}

/** Installed modules whose code comes from the release and not from the base. */
export function loadedFromRelease(base: Base, release: ReleaseContent, { modules }: Pick<TenantFacts, "modules">): Set<string> {
  const universe = moduleUniverse(base, release);
  const own = new Set(release.modules);
  const names = modules.filter((module) => isInstalled(module) && !module.imported).map((module) => module.name);
  return new Set(
    names.filter((name) => {
      const module = universe.get(name);
      return module !== undefined && own.has(module);
    }),
  );
}
