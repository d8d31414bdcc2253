import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import {
  updatesDatabase,
  worstClass,
  type CodeProof,
  type Impact,
  type ImpactClass,
  type ModuleChange,
} from "../../domain/impact/impact.ts";
import type { NothingPredicted, PredictedUpdate } from "../../domain/impact/prediction.ts";
import type { Base, ReleaseContent } from "../../domain/release/release.ts";
import { expectedScripts } from "./expected-scripts.ts";
import { impactHazards } from "./impact-hazards.ts";
import { breachReasons, codeOnlyHazards, codeOnlyReasons, isCodeOnly } from "./impact-code-only.ts";
import { dependentsOf, isInstalled, moduleUniverse, newInstalls, shadowedModules, type ModuleUniverse } from "./module-universe.ts";

export interface ImpactInput {
  readonly facts: TenantFacts;
  /** The base that the environment will run on. */
  readonly base: Base;
  /** The base isn't the one that the environment runs on now. */
  readonly baseChanged: boolean;
  /** null: no release is recorded, so nothing is known about the code that made the database. */
  readonly from: ReleaseContent | null;
  readonly to: ReleaseContent;
  /** Does the release change anything that an update would load? null or absent: not known, so it may. */
  readonly codeProof?: CodeProof | null;
  /** What reading both releases tells of the update; absent: nobody has read them. */
  readonly prediction?: PredictedUpdate | NothingPredicted;
  /** What earlier code-only releases raised; exactly this is no reason to update. */
  readonly lag?: readonly ModuleLag[];
}

/** What a release does to one environment, as far as module contents, versions, dependencies and its prediction tell; in doubt the worse. */
export function computeImpact(input: ImpactInput): Impact {
  const world = impactWorld(input);
  const { after, installed } = world;
  const changes = moduleChanges(input, world);
  const removedModules = [...installed.keys()].filter((name) => !after.has(name)).sort();
  const codeOnly = isCodeOnly(input, world, changes);
  const updateSet = codeOnly ? [] : chooseUpdateSet(input, world, changes);
  const present = new Set([...installed.keys()].filter((name) => after.has(name)));
  const closure = dependentsOf(updateSet, present, after);
  const installs = newInstalls(closure, new Set(input.facts.modules.filter(isInstalled).map((module) => module.name)), after);
  const sortedClosure = [...closure].sort();
  const sortedInstalls = [...installs].sort();
  const scripts = sortedClosure.flatMap((name) => {
    const module = after.get(name);
    return module === undefined ? [] : expectedScripts(module, installed.get(name)?.version ?? null, input.to.series);
  });
  const least = codeOnly ? "K1" : classOf(updateSet, sortedInstalls, removedModules);
  const updates = updatesDatabase(least);
  const prediction = updates && input.prediction?.made === true ? input.prediction : null;
  const plannedClass = prediction === null ? least : worstClass([least, prediction.plannedClass]);
  const lag = updates ? [] : remainingLag(world);
  return {
    plannedClass,
    floor: updates && (prediction === null || prediction.floor),
    changes,
    updateSet,
    closure: sortedClosure,
    installs: sortedInstalls,
    removedModules,
    expectedScripts: scripts,
    reasons: codeOnly
      ? codeOnlyReasons(changes, lag)
      : [
          ...impactReasons(input, { changes, updateSet, closure: sortedClosure, installs: sortedInstalls, removedModules }, world),
          ...(updates ? classReasons(input.prediction) : []),
        ],
    hazards: [
      ...impactHazards({
        after,
        installed,
        // Scripts of a module that isn't updated are equal in both releases.
        changes: codeOnly ? [] : changes,
        closure: sortedClosure,
        installs: sortedInstalls,
        removedModules,
        shadowed: shadowedModules(input.base, input.to),
        facts: input.facts,
      }),
      ...codeOnlyHazards(input.codeProof ?? null, plannedClass),
      ...(prediction?.hazards ?? []),
    ],
    ...(lag.length === 0 ? {} : { lag }),
  };
}

/** What the database doesn't know yet when nothing is updated. */
function remainingLag({ after, installed }: ImpactWorld): ModuleLag[] {
  const modules = [...installed.values()].flatMap(({ name, version }) => {
    const code = after.get(name)?.version;
    return version === null || code === undefined || code === version ? [] : [{ module: name, database: version, code }];
  });
  return modules.sort((a, b) => (a.module < b.module ? -1 : 1));
}

/** Modules before and after, and those of the database that have code. */
export interface ImpactWorld {
  readonly before: ModuleUniverse;
  readonly after: ModuleUniverse;
  readonly installed: ReadonlyMap<string, InstalledModule>;
}

function impactWorld(input: ImpactInput): ImpactWorld {
  const withCode = input.facts.modules.filter((module) => isInstalled(module) && !module.imported);
  return {
    before: moduleUniverse(input.base, input.from),
    after: moduleUniverse(input.base, input.to),
    installed: new Map(withCode.map((module) => [module.name, module])),
  };
}

function moduleChanges(input: ImpactInput, { before, after, installed }: ImpactWorld): ModuleChange[] {
  const names = new Set([...(input.from?.modules ?? []), ...input.to.modules].map((module) => module.name));
  return [...names].sort().flatMap((module) => {
    const [old, now] = [before.get(module), after.get(module)];
    if (old?.digest === now?.digest) return [];
    const change = old === undefined ? "added" : now === undefined ? "removed" : "changed";
    return [{ module, change, fromVersion: old?.version ?? null, toVersion: now?.version ?? null, installed: installed.has(module) }];
  });
}

/** Installed modules whose content changed, or whose version in the database isn't the one on disk: `-u` has never seen that code. */
function chooseUpdateSet(input: ImpactInput, { after, installed }: ImpactWorld, changes: readonly ModuleChange[]): string[] {
  if (input.baseChanged) return ["base"];
  const changed = changes.filter((change) => change.installed).map((change) => change.module);
  // A recorded lag is no reason of its own to update, but whenever there is another one the lagging modules go along.
  const lagging = laggards(installed, after);
  const owed = changed.length > 0 || lagging.some((name) => !isRecorded(name, input.lag ?? [], { after, installed }));
  const names = new Set([...changed, ...(owed ? lagging : [])]);
  return [...names].filter((name) => after.get(name)?.installable === true).sort();
}

/** Exactly the lag that is on record: this version in the database, this one in the code. */
function isRecorded(name: string, lag: readonly ModuleLag[], { after, installed }: Pick<ImpactWorld, "after" | "installed">): boolean {
  const record = lag.find((one) => one.module === name);
  return record !== undefined && record.database === installed.get(name)?.version && record.code === after.get(name)?.version;
}

function laggards(installed: ReadonlyMap<string, InstalledModule>, after: ModuleUniverse): string[] {
  return [...installed.values()]
    .filter((module) => after.has(module.name) && after.get(module.name)?.version !== module.version)
    .map((module) => module.name);
}

function classOf(updateSet: readonly string[], installs: readonly string[], removed: readonly string[]): ImpactClass {
  if (removed.length > 0) return "K5";
  return updateSet.length === 0 && installs.length === 0 ? "K0" : "K2";
}

type Computed = Pick<Impact, "changes" | "updateSet" | "closure" | "installs" | "removedModules">;

function impactReasons(input: ImpactInput, computed: Computed, { after, installed }: ImpactWorld): string[] {
  const { changes, updateSet, closure, installs, removedModules } = computed;
  const changed = changes.filter((change) => change.installed && change.change !== "removed").map((change) => change.module);
  const elsewhere = changes.filter((change) => !change.installed).map((change) => change.module);
  const lagging = laggards(installed, after).filter((name) => !changed.includes(name));
  const dependents = closure.filter((name) => !updateSet.includes(name));
  const reasons = [
    ...(input.baseChanged ? ["The base changed: every installed module is updated."] : []),
    ...(input.from === null && changed.length > 0
      ? ["No release is recorded for this environment, so every installed module of the new one counts as changed."]
      : []),
    ...sentence(changed, "changed and installed"),
    ...sentence(lagging, "unchanged, but the database has another version than the code"),
    ...sentence(dependents, "updated, because of a dependency on a changed one"),
    ...sentence(installs, "newly installed by the update"),
    ...sentence(removedModules, "installed, but without code in the new release"),
    ...sentence(elsewhere, "changed, but not installed here"),
    ...breachReasons(input.codeProof ?? null, changed.length > 0),
  ];
  if (updateSet.length === 0 && installs.length === 0 && removedModules.length === 0) return ["No installed module changed.", ...reasons];
  return reasons;
}

/** How the class of an update came about. */
function classReasons(prediction: ImpactInput["prediction"]): readonly string[] {
  if (prediction?.made === true) return prediction.reasons;
  const nothing = prediction === undefined ? [] : [`Nothing was predicted. ${prediction.why}`];
  return [...nothing, "Module contents alone tell no more than that `-u` has to run: the class is a floor."];
}

function sentence(modules: readonly string[], what: string): string[] {
  return modules.length === 0 ? [] : [`${modules.length === 1 ? "Module" : "Modules"} ${modules.join(", ")}: ${what}.`];
}
