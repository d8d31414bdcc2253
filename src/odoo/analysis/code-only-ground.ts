import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";
import type { CodeOnlyInput } from "./code-only.ts";
import { expectedScripts } from "./expected-scripts.ts";
import { isInstalled, loadedFromRelease, moduleUniverse } from "./module-universe.ts";

export interface Ground {
  readonly breaches: readonly CodeProofBreach[];
  /** Installed modules whose content differs and is in both releases, sorted. */
  readonly changed: readonly string[];
  readonly loadedBefore: ReadonlySet<string>;
  readonly loadedAfter: ReadonlySet<string>;
}

/** Everything that can be told without looking into files: base, states, versions, which modules there are. */
export function groundBreaches(input: CodeOnlyInput): Ground {
  const { facts, base, from, to } = input;
  const [before, after] = [moduleUniverse(base, from), moduleUniverse(base, to)];
  const installed = facts.modules.filter((module) => isInstalled(module) && !module.imported);
  const names = new Set(installed.map((module) => module.name));
  const different = [...names].filter((name) => before.get(name)?.digest !== after.get(name)?.digest).sort();
  const breaches: CodeProofBreach[] = [];
  if (input.recordedBase === null)
    breaches.push(whole("base-unknown", "base", "It isn't known with which base the database was last updated."));
  else if (input.recordedBase !== base.digest)
    breaches.push(whole("base-changed", "base", "The base is another one than the database was last updated with."));
  if (base.loadTimeModels === undefined)
    breaches.push(whole("base-unread", "base", "It isn't known which models of the base run code of their own when Odoo loads modules."));
  if (facts.partiallyUpdated)
    breaches.push(whole("partially-updated", "base", "An update was left unfinished: starting Odoo would update the live database."));
  if (from.series !== to.series)
    breaches.push(whole("series-changed", "base", `The release is for Odoo ${to.series}, the present one for ${from.series}.`));
  for (const module of facts.modules.filter((one) => one.state.startsWith("to ")))
    breaches.push(whole("module-state-pending", module.name, `The module is in the state "${module.state}".`));
  for (const module of installed) {
    const code = before.get(module.name)?.version ?? null;
    const recorded = input.lag.find((one) => one.module === module.name);
    const exact = recorded === undefined ? module.version === code : recorded.database === module.version && recorded.code === code;
    if (code !== null && !exact)
      breaches.push(
        whole(
          "version-lag-not-recorded",
          module.name,
          `The database has version ${module.version ?? "none"} and the code ${code}; an update is owed.`,
        ),
      );
  }
  for (const name of names) {
    const now = after.get(name);
    if (now === undefined) breaches.push(whole("module-removed", name, "The module is installed, and the release has no code for it."));
    else if (!now.installable)
      breaches.push(whole("module-not-installable", name, "The module is installed, and the release says that it can't be."));
  }
  for (const name of different.filter((one) => after.has(one)))
    if (!isOf(from, before.get(name)) || !isOf(to, after.get(name)))
      breaches.push(
        whole("module-outside-release", name, "The module comes from another place than before, so old and new can't be compared."),
      );
  breaches.push(...additions(input, names), ...dueScripts(input));
  const [loadedBefore, loadedAfter] = [loadedFromRelease(base, from, facts), loadedFromRelease(base, to, facts)];
  return { breaches, changed: different.filter((name) => loadedBefore.has(name) && loadedAfter.has(name)), loadedBefore, loadedAfter };
}

/** A breach by a module as a whole. */
function whole(clause: string, module: string, what: string): CodeProofBreach {
  return { clause, module, file: null, line: null, what };
}

function isOf(content: ReleaseContent, module: ModuleFacts | undefined): boolean {
  return module !== undefined && content.modules.includes(module);
}

/** Modules that would install themselves, and dependencies that aren't installed. */
function additions({ base, from, to, facts }: CodeOnlyInput, names: ReadonlySet<string>): CodeProofBreach[] {
  const [before, after] = [moduleUniverse(base, from), moduleUniverse(base, to)];
  const here = new Set(facts.modules.filter(isInstalled).map((module) => module.name));
  const found: CodeProofBreach[] = [];
  for (const module of after.values()) {
    if (here.has(module.name) || !module.installable || module.autoInstall === false) continue;
    const triggers = module.autoInstall === true ? module.depends : module.autoInstall;
    const old = before.get(module.name);
    const same =
      old !== undefined &&
      old.installable &&
      JSON.stringify([old.autoInstall, old.depends]) === JSON.stringify([module.autoInstall, module.depends]);
    if (!same && triggers.every((name) => here.has(name)))
      found.push(
        whole("auto-install-added", module.name, "The module would install itself, since everything that it waits for is installed."),
      );
  }
  for (const name of names)
    for (const dependency of after.get(name)?.depends ?? [])
      if (!here.has(dependency))
        found.push(whole("dependency-not-installed", name, `The module depends on ${dependency}, which isn't installed.`));
  return found;
}

/** A raised version can make scripts due that were there all along. */
function dueScripts({ base, to, facts }: CodeOnlyInput): CodeProofBreach[] {
  const after = moduleUniverse(base, to);
  return facts.modules.filter(isInstalled).flatMap(({ name, version }) => {
    const module = after.get(name);
    const due = module === undefined ? [] : expectedScripts(module, version, to.series);
    return due.map((script) =>
      whole("migration-due", name, `The version ${module?.version ?? ""} makes the migration script ${script.version}/${script.file} due.`),
    );
  });
}
