import type { AnalysedSide, AnalysedTenant, AnalysisGround, AnalysisKind } from "../../app/ports/analysis-kind.ts";
import type { AnalysedTree, ModuleUnknown, ReleaseAnalysis, RuleExplained } from "../../domain/impact/analysis.ts";
import { severities, type Finding } from "../../domain/impact/finding.ts";
import { worstClass, type CodeProof, type ImpactClass } from "../../domain/impact/impact.ts";
import type { Prediction } from "../../domain/impact/prediction.ts";
import { reflectionModels } from "./known-noise.ts";
import { dependenciesOf, isInstalled } from "./module-universe.ts";
import { once, sourceUnknowns } from "./source-unknowns.ts";
import type { UpdateQuestion } from "./prediction/update-question.ts";
import { analysedSide, type SideGround } from "./side.ts";
import { chooseUpdates, type UpdateAnswer } from "./update-choice.ts";

/** `predictUpdate`, handed in so that what composes findings can be tried without it. */
export type Predict = (of: UpdateQuestion) => Prediction;

export interface NamedGround {
  readonly name: string;
  readonly ground: SideGround;
}

export interface ReleaseQuestion {
  /** null: one tree is looked at by itself. */
  readonly old: NamedGround | null;
  readonly new: NamedGround;
  readonly tenant: AnalysedTenant | null;
  readonly environment: string | null;
  /** What counts as installed, with all it depends on; null: what the tenant says, else all of the release. */
  readonly modules: readonly string[] | null;
  /** Does the release change anything that an update would load? Stricter than what reading alone tells; absent: nobody tried to prove it. */
  readonly codeProof?: CodeProof | null;
  readonly kinds: readonly AnalysisKind[];
  readonly predict: Predict;
  /** Hears what is being looked at. */
  readonly progress?: (message: string) => void;
}

/** Everything that the sources of two releases and a tenant's database tell. Pure. */
export function analyseRelease(question: ReleaseQuestion): ReleaseAnalysis {
  const { old, tenant } = question;
  const say = question.progress ?? (() => undefined);
  say("composing models");
  const before = old === null ? null : analysedSide({ ground: old.ground, modules: installedNames(question, old.ground) });
  const installed = versions(question, before);
  const after =
    before === null ? analysedSide({ ground: question.new.ground, modules: question.modules }) : afterSide(question, before, installed);
  const languages = tenant?.facts.languages ?? null;
  const updates = before === null ? null : chooseUpdates({ before, after, installed, languages });
  say("predicting the update");
  const prediction = before === null || updates === null ? null : predicted(question, { before, after, updates, installed });
  const ground: AnalysisGround = { before, after, tenant, prediction };
  const findings = question.kinds.flatMap((kind) => {
    say(`looking at ${kind.id}`);
    return found(kind, ground);
  });
  const unknowns = [...after.own].sort().flatMap((module) => unknownsOf(module, after));
  const floor = unknowns.length > 0 || (prediction?.uncertain.length ?? 0) > 0 || findings.some((finding) => finding.unsure === true);
  return {
    formatVersion: 1,
    old: old === null ? null : treeOf(old),
    new: treeOf(question.new),
    baseModules: [...question.new.ground.universe.keys()].filter((name) => !question.new.ground.own.has(name)).length,
    environment: question.environment,
    ...classOf({ updates, prediction, findings, floor, proof: question.codeProof ?? null }),
    changes: updates?.changes ?? [],
    updates:
      updates === null ? null : { minimal: updates.minimal, safe: updates.safe, closure: updates.closure, installs: updates.installs },
    expectedScripts: updates?.expectedScripts ?? [],
    prediction,
    rows: touchedRows(prediction, tenant),
    rules: explained(question.kinds, findings),
    findings: findings.toSorted(byImportance),
    unknowns,
  };
}

/** null: the release's own modules. */
function installedNames({ tenant, modules }: ReleaseQuestion, ground: SideGround): readonly string[] | null {
  if (modules !== null) return [...modules, ...dependenciesOf(modules, ground.graph)];
  return tenant === null
    ? null
    : tenant.facts.modules.filter((module) => isInstalled(module) && !module.imported).map((module) => module.name);
}

/** What counts as installed, with the version in the database where there is one. */
function versions({ tenant, modules }: ReleaseQuestion, before: AnalysedSide | null): ReadonlyMap<string, string | null> {
  const recorded = new Map((tenant?.facts.modules ?? []).map((module) => [module.name, module.version]));
  // Nobody says that a module which can't be read isn't installed.
  const unreadable =
    before === null || tenant !== null || modules !== null ? [] : [...before.own].filter((name) => !before.universe.get(name)?.manifest);
  return new Map([...(before?.order ?? []), ...unreadable].map((name) => [name, recorded.get(name) ?? null]));
}

/** Where a tenant or a list says what is installed, that and what the update adds; otherwise also modules that are new. */
function afterSide(question: ReleaseQuestion, before: AnalysedSide, installed: ReadonlyMap<string, string | null>): AnalysedSide {
  const { ground } = question.new;
  const all = question.tenant === null && question.modules === null ? [...ground.own] : [];
  const first = analysedSide({ ground, modules: [...installed.keys(), ...all] });
  const { installs } = chooseUpdates({ before, after: first, installed });
  return installs.every((name) => first.order.includes(name))
    ? first
    : analysedSide({ ground, modules: [...installed.keys(), ...all, ...installs] });
}

interface Updated {
  readonly before: AnalysedSide;
  readonly after: AnalysedSide;
  readonly updates: UpdateAnswer;
  readonly installed: ReadonlyMap<string, string | null>;
}

/** Of a database that has what counts as installed: a new module that nothing installs has no part in it. */
function predicted({ predict, tenant, new: { ground } }: ReleaseQuestion, { before, after, updates, installed }: Updated): Prediction {
  const present = new Set([...installed.keys(), ...updates.installs]);
  const exact = after.order.every((name) => present.has(name)) ? after : analysedSide({ ground, modules: [...present] });
  return predict({ before, after: exact, tenant, updated: new Set(updates.closure), installed: updates.installs });
}

function found(kind: AnalysisKind, ground: AnalysisGround): Finding[] {
  return [...kind.find(ground)];
}

/** Of its sources, and of what composing its models met. */
function unknownsOf(module: string, { universe, registry }: AnalysedSide): readonly ModuleUnknown[] {
  const source = universe.get(module);
  const read = source === undefined ? [] : sourceUnknowns(source).map((unknown) => ({ ...unknown, module }));
  return once([...read, ...registry.unknowns.filter((unknown) => unknown.module === module)]);
}

function treeOf({ name, ground }: NamedGround): AnalysedTree {
  return { name, series: ground.series, modules: ground.own.size };
}

interface Judged {
  readonly updates: UpdateAnswer | null;
  readonly prediction: Prediction | null;
  readonly findings: readonly Finding[];
  readonly floor: boolean;
  readonly proof: CodeProof | null;
}

const sentencesShownMax = 5;

/** The worst that anything says. */
function classOf({ updates, prediction, findings, floor, proof }: Judged): Pick<ReleaseAnalysis, "plannedClass" | "floor" | "reasons"> {
  if (updates === null) return { plannedClass: null, floor, reasons: [] };
  const { minimal, safe, installs, closure } = updates;
  const quiet = safe.length === 0 && installs.length === 0;
  const nothing = minimal.length === 0 && installs.length === 0;
  // Code only is what an allow list proves; where that was tried and failed, an update has to run.
  const breaches = quiet || !nothing ? [] : (proof?.breaches ?? []);
  const own: ImpactClass = quiet ? "K0" : nothing && breaches.length === 0 ? "K1" : "K2";
  const plannedClass = worstClass([
    own,
    ...(prediction === null || quiet || (own === "K1" && changesNothing(prediction)) ? [] : [prediction.plannedClass]),
    ...findings.flatMap((finding) => finding.atLeast ?? []),
  ]);
  const explained = prediction?.plannedClass === plannedClass ? (prediction.reasons ?? []) : [];
  // What the prediction tells of the class isn't told again by findings that rest on it.
  const raising =
    explained.length > 0 ? [] : findings.filter((finding) => finding.atLeast === plannedClass && finding.rule !== "update-needed");
  const needless = safe.filter((name) => !minimal.includes(name));
  const reasons = [
    ...(quiet ? ["No installed module changed."] : explained),
    ...shortened([...new Set(raising.map((finding) => `${finding.module}: ${finding.what}`))]),
    ...shortened(breaches.map((breach) => `${breach.module}: ${breach.what}`)),
    ...(safe.length > 0 && minimal.length === 0 && breaches.length === 0
      ? ["As far as the sources tell, an update would load nothing new."]
      : []),
    ...sentence(minimal, "changed and must be updated"),
    ...sentence(needless, "changed, with nothing in it that an update would load"),
    ...(nothing && breaches.length === 0
      ? []
      : sentence(
          closure.filter((name) => !safe.includes(name)),
          "updated, because of a dependency on a changed one",
        )),
    ...sentence(installs, "newly installed by the update"),
  ];
  return { plannedClass, floor, reasons };
}

/**
 * An update that loads what is there already is of the class K2 only because it runs. What people edited would come back by any update,
 * whatever the release holds, and some xmlids of fields go by any; for this release none is needed.
 */
function changesNothing({ plannedClass, records }: Prediction): boolean {
  return (
    plannedClass === "K2" &&
    records.every(({ becomes, model }) => becomes === "kept" || becomes === "overwritten" || reflectionModels.has(model))
  );
}

function shortened(sentences: readonly string[]): string[] {
  const more = sentences.length - sentencesShownMax;
  return [...sentences.slice(0, sentencesShownMax), ...(more > 0 ? [`And ${more} more.`] : [])];
}

function sentence(modules: readonly string[], what: string): string[] {
  return modules.length === 0 ? [] : [`${modules.length === 1 ? "Module" : "Modules"} ${modules.join(", ")}: ${what}.`];
}

function touchedRows(prediction: Prediction | null, tenant: AnalysedTenant | null): Readonly<Record<string, number>> {
  if (prediction === null || tenant === null) return {};
  const { difference } = prediction;
  const columns = [...difference.columnsAdded, ...difference.columnsRemoved, ...difference.columnsRetyped, ...difference.columnsRequired];
  const named = [...difference.tablesRemoved, ...columns.map((column) => column.slice(0, column.indexOf(".")))];
  const rows = [...new Set(named)].sort().map((table) => [table, tenant.catalogue.rows[table] ?? tenant.facts.rows[table]] as const);
  return Object.fromEntries(rows.filter((row): row is [string, number] => row[1] !== undefined));
}

function explained(kinds: readonly AnalysisKind[], findings: readonly Finding[]): RuleExplained[] {
  const met = new Set(findings.map((finding) => finding.rule));
  return kinds
    .flatMap((kind) => kind.rules)
    .filter((rule) => met.has(rule.id))
    .map(({ id, severity, title, why, remedy, stops, concerns }) => ({
      ...{ id, severity, title, why, remedy },
      ...(stops === undefined ? {} : { stops }),
      ...(concerns === undefined ? {} : { concerns }),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function byImportance(a: Finding, b: Finding): number {
  const order = (finding: Finding): string =>
    [
      severities.indexOf(finding.severity),
      finding.module,
      finding.file ?? "",
      String(finding.line ?? 0).padStart(9, "0"),
      finding.rule,
      finding.what,
    ].join("\0");
  const [left, right] = [order(a), order(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
