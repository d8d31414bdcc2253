import type { InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import type { ModuleChange } from "../../domain/impact/impact.ts";
import { dependenciesOf, type ModuleUniverse } from "./module-universe.ts";
import { compareVersions } from "./odoo-version.ts";

export interface HazardInput {
  readonly after: ModuleUniverse;
  /** Modules of the database that have code. */
  readonly installed: ReadonlyMap<string, InstalledModule>;
  readonly changes: readonly ModuleChange[];
  readonly closure: readonly string[];
  readonly installs: readonly string[];
  readonly removedModules: readonly string[];
  /** Modules of the release that Odoo's own package has too. */
  readonly shadowed: readonly string[];
  readonly facts: TenantFacts;
}

/** What can go wrong, one sentence each. Those that begin with `blocking: ` refuse the plan: Odoo would fail, or pass and leave something half done. */
export function impactHazards(input: HazardInput): string[] {
  const loaded = [...new Set([...input.closure, ...input.installs])];
  return [
    ...downgrades(input),
    ...uninstallable(input),
    ...missingDependencies(input, loaded),
    ...cycles(input, loaded),
    ...input.shadowed.map(
      (name) =>
        `blocking: module ${name} of the release would never be loaded: Odoo's own package has one of that name, and that one wins.`,
    ),
    ...pendingStates(input.facts),
    ...input.removedModules.map(
      (name) => `Module ${name} is installed, but the new release has no code for it: Odoo would leave it behind half alive.`,
    ),
    ...silentScripts(input),
    ...customisations(input),
  ];
}

function downgrades({ installed, after }: HazardInput): string[] {
  return [...installed.values()].flatMap((module) => {
    const next = after.get(module.name);
    if (next === undefined || module.version === null || compareVersions(next.version, module.version) >= 0) return [];
    return [`blocking: module ${module.name} would go down from ${module.version} to ${next.version}; Odoo has no scripts for that way.`];
  });
}

function uninstallable({ installed, installs, after }: HazardInput): string[] {
  const here = [...installed.keys()].filter((name) => after.get(name)?.installable === false);
  const coming = installs.filter((name) => after.get(name)?.installable === false);
  return [
    ...here.map((name) => `blocking: module ${name} is installed, but the new release says that it is not installable.`),
    ...coming.map((name) => `blocking: module ${name} would have to be installed, but it is not installable.`),
  ];
}

/** Every installed module is loaded at each start, so a missing dependency of any of them counts, updated or not. */
function missingDependencies({ installed, after, facts }: HazardInput, loaded: readonly string[]): string[] {
  const imported = new Set(facts.modules.filter((module) => module.imported).map((module) => module.name));
  return [...new Set([...loaded, ...installed.keys()])].sort().flatMap((name) => {
    const missing = (after.get(name)?.depends ?? []).filter((dependency) => !after.has(dependency) && !imported.has(dependency));
    return missing.map((dependency) => `blocking: module ${name} depends on ${dependency}, which neither the release nor the base has.`);
  });
}

function cycles({ after }: HazardInput, loaded: readonly string[]): string[] {
  const caught = loaded.filter((name) => dependenciesOf([name], after).has(name)).sort();
  return caught.length === 0 ? [] : [`blocking: modules ${caught.join(", ")} depend on themselves in a circle.`];
}

function pendingStates({ modules, partiallyUpdated }: TenantFacts): string[] {
  const pending = modules.filter((module) => module.state.startsWith("to ")).map((module) => `${module.name} (${module.state})`);
  return [
    ...(pending.length > 0 ? [`An earlier update was left unfinished: ${pending.join(", ")}.`] : []),
    ...(partiallyUpdated
      ? ["The parameter base.partially_updated_database is set: the next start of any Odoo would update the live database."]
      : []),
  ];
}

/** Scripts run only when the version is raised (odoo.md 1.2). */
function silentScripts({ installed, after, changes }: HazardInput): string[] {
  return changes.flatMap(({ module, installed: here }) => {
    const next = after.get(module);
    if (!here || next === undefined || next.version !== installed.get(module)?.version || next.migrationScripts.length === 0) return [];
    return [`Module ${module} changed and has migration scripts, but its version is still ${next.version}: none of its scripts will run.`];
  });
}

function customisations({ closure, facts }: HazardInput): string[] {
  const touched = new Set(closure);
  const edited = facts.customisations.editedViews.filter((xmlid) => touched.has(xmlid.slice(0, xmlid.indexOf("."))));
  return edited.map((xmlid) => `View ${xmlid} was edited in place; the update of its module overwrites that.`);
}
