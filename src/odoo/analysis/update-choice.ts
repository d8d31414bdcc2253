import type { AnalysedSide } from "../../app/ports/analysis-kind.ts";
import type { UpdateChoice } from "../../domain/impact/analysis.ts";
import type { ExpectedScript, ModuleChange } from "../../domain/impact/impact.ts";
import { expectedScripts } from "./expected-scripts.ts";
import { graphOf } from "./graph-module.ts";
import { loadReasons } from "./load-reasons.ts";
import { dependentsOf, newInstalls } from "./module-universe.ts";

export interface UpdateQuestion {
  readonly before: AnalysedSide;
  readonly after: AnalysedSide;
  /** What counts as installed: the version in the database; null: that of the old code. */
  readonly installed: ReadonlyMap<string, string | null>;
  /** Active in the database; absent or null: not known, so any may be. */
  readonly languages?: readonly string[] | null;
}

export interface UpdateAnswer extends UpdateChoice {
  readonly changes: readonly ModuleChange[];
  readonly expectedScripts: readonly ExpectedScript[];
  /** Why a module of `minimal` has to be updated. */
  readonly why: ReadonlyMap<string, readonly string[]>;
}

/** Which modules to name in `-u`, and what that makes Odoo do. */
export function chooseUpdates(question: UpdateQuestion): UpdateAnswer {
  const { before, after, installed } = question;
  const graph = graphOf(after.universe, after.series);
  const here = new Set(installed.keys());
  const changes = moduleChanges(question);
  const changed = changes.filter((change) => change.installed && change.change === "changed").map((change) => change.module);
  const behind = [...installed].flatMap(([name, version]) =>
    version !== null && differs(graph.get(name)?.version, version) ? [name] : [],
  );
  const candidates = [...new Set([...changed, ...behind])].filter((name) => graph.get(name)?.installable === true).sort();
  const scripts = (name: string): ExpectedScript[] => {
    const module = graph.get(name);
    const from = installed.get(name) ?? graphOf(before.universe, before.series).get(name)?.version ?? null;
    // Without a step upwards no script runs, so there is no need to read the module.
    if (module === undefined || module.version === from) return [];
    const migrationScripts = (after.universe.get(name)?.scripts ?? []).map((script) => script.file);
    return expectedScripts({ ...module, migrationScripts }, from, after.series);
  };
  const loadable = new Set([...here].filter((name) => graph.has(name)));
  const loads = (names: readonly string[]): string[] => [...dependentsOf(names, loadable, graph)].sort();
  const why = new Map(candidates.map((name) => [name, reasonsFor(name, question, { scripts: scripts(name).length, loads })] as const));
  const safe = candidates;
  const closure = loads(safe);
  return {
    minimal: safe.filter((name) => (why.get(name) ?? []).length > 0),
    safe,
    closure,
    installs: [...newInstalls(new Set(closure), here, graph)].sort(),
    changes,
    expectedScripts: closure.flatMap(scripts),
    why,
  };
}

function differs(code: string | undefined, database: string): boolean {
  return code !== undefined && code !== database;
}

interface UpdateOf {
  /** How many scripts it makes run. */
  readonly scripts: number;
  /** Modules that an update of these loads. */
  readonly loads: (names: readonly string[]) => readonly string[];
}

/** Several analyses ask the same of the same sides. */
const known = new WeakMap<AnalysedSide, WeakMap<AnalysedSide, Map<string, readonly string[]>>>();

function reasonsFor(name: string, question: UpdateQuestion, of: UpdateOf): readonly string[] {
  const { before, after, languages = null } = question;
  const sides = known.get(before) ?? new WeakMap<AnalysedSide, Map<string, readonly string[]>>();
  const reasons = sides.get(after) ?? new Map<string, readonly string[]>();
  known.set(before, sides.set(after, reasons));
  const key = JSON.stringify([name, of.scripts, of.loads([name]), languages]);
  const found = reasons.get(key) ?? findReasons(name, question, of);
  reasons.set(key, found);
  return found;
}

function findReasons(name: string, { before, after, languages = null }: UpdateQuestion, { scripts, loads }: UpdateOf): readonly string[] {
  const [old, now] = [before.universe.get(name), after.universe.get(name)];
  if (now === undefined) return [];
  if (old === undefined) return ["its old code isn't there to compare with"];
  return [
    ...(scripts > 0 ? ["it has migration scripts to run"] : []),
    ...(old === now
      ? []
      : loadReasons({ old, now, before, after, changed: filesChanged(name, before, after), loaded: loads([name]), languages })),
  ];
}

/** Modules that come from a release and differ, sorted. */
export function moduleChanges({ before, after, installed }: UpdateQuestion): ModuleChange[] {
  const old = graphOf(before.universe, before.series);
  const now = graphOf(after.universe, after.series);
  const names = new Set([...before.own, ...after.own, ...[...installed.keys()].filter((name) => isChanged(name, before, after))]);
  return [...names].sort().flatMap((module) => {
    const [had, has] = [before.universe.has(module), after.universe.has(module)];
    if (had && has && !isChanged(module, before, after)) return [];
    const change = !had ? "added" : !has ? "removed" : "changed";
    const versions = { fromVersion: old.get(module)?.version ?? null, toVersion: now.get(module)?.version ?? null };
    return had || has ? [{ module, change, ...versions, installed: installed.has(module) }] : [];
  });
}

/** Paths of a module that came, went or differ; null: not known. */
export function filesChanged(name: string, before: AnalysedSide, after: AnalysedSide): ReadonlySet<string> | null {
  const [old, now] = [before.files?.get(name), after.files?.get(name)];
  if (old === undefined || now === undefined) return null;
  const paths = new Set([...old.keys(), ...now.keys()]);
  return new Set([...paths].filter((path) => old.get(path) === null || old.get(path) !== now.get(path)));
}

export function isChanged(name: string, before: AnalysedSide, after: AnalysedSide): boolean {
  const changed = filesChanged(name, before, after);
  if (changed !== null) return changed.size > 0;
  const digests = [before.digests?.get(name), after.digests?.get(name)];
  if (digests[0] !== undefined && digests[1] !== undefined) return digests[0] !== digests[1];
  const [old, now] = [before.universe.get(name), after.universe.get(name)];
  if (old === now || old === undefined || now === undefined) return false;
  return JSON.stringify(old) !== JSON.stringify(now);
}
