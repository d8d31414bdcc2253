import type { AnalysedSide, AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";
import { installedModules } from "../ground-facts.ts";
import { chooseUpdates, isChanged } from "../update-choice.ts";
import { ViewComposer, type ArchCache } from "./compose-views.ts";
import type { SourceView } from "./source-view.ts";
import { viewsGiven, viewSet } from "./view-set.ts";

/** The views of a release at a tenant, before and after. */
export interface ReleaseViews {
  readonly after: ViewComposer;
  /** null: there is nothing to compare with. */
  readonly before: ViewComposer | null;
  /** Primary views that come out of other parts than before; without a before those that the release's own modules have a part in. */
  readonly touched: readonly SourceView[];
  /** `model.name` of fields and methods that models no longer have. */
  readonly lost: ReadonlySet<string>;
}

const known = new WeakMap<AnalysisGround, ReleaseViews>();

/** Several analyses look at the same views, so they are put together once per ground. */
export function releaseViews(ground: AnalysisGround): ReleaseViews {
  let views = known.get(ground);
  if (views === undefined) known.set(ground, (views = read(ground)));
  return views;
}

function read(ground: AnalysisGround): ReleaseViews {
  const { before, after, tenant } = ground;
  const archs: ArchCache = new Map();
  const rows = tenant?.content.views ?? [];
  const old = before === null ? [] : modulesOf(before);
  const loaded = before === null || tenant === null ? null : loadedAgain(ground, before);
  const now = new ViewComposer(viewSet({ modules: modulesOf(after), tenant: rows, formerly: viewsGiven(old), loaded }), archs);
  if (before === null) return { after: now, before: null, touched: primaries(now, ownViews(now, after)), lost: new Set() };
  const then = new ViewComposer(viewSet({ modules: old, tenant: rows, formerly: new Set(), loaded: new Set() }), archs);
  const lost = lostNames(before, after);
  const changed = [...changedViews(then, now), ...mentioning(now, lost)];
  return { after: now, before: then, touched: primaries(now, changed), lost };
}

export function modulesOf(side: AnalysedSide): readonly ModuleSource[] {
  return side.order.flatMap((name) => side.universe.get(name) ?? []);
}

function loadedAgain(ground: AnalysisGround, before: AnalysedSide): ReadonlySet<string> {
  const { closure, installs } = chooseUpdates({ before, after: ground.after, installed: installedModules(ground) });
  return new Set([...closure, ...installs]);
}

function ownViews({ views }: ViewComposer, { own }: AnalysedSide): readonly SourceView[] {
  return [...views.values()].filter((view) => view.module !== null && own.has(view.module));
}

function changedViews(before: ViewComposer, after: ViewComposer): readonly SourceView[] {
  const changed: SourceView[] = [];
  for (const view of after.views.values()) {
    const old = before.views.get(view.key);
    if (old === undefined || !alike(old, view)) changed.push(view);
  }
  for (const old of before.views.values())
    if (!after.views.has(old.key)) {
      const parent = after.views.get(old.inherit ?? "");
      if (parent !== undefined) changed.push(parent);
      // What extended it has lost its parent.
      for (const view of after.views.values()) if (view.inherit === old.key) changed.push(view);
    }
  return changed;
}

function alike(a: SourceView, b: SourceView): boolean {
  return (
    a.arch === b.arch &&
    a.inherit === b.inherit &&
    a.mode === b.mode &&
    a.priority === b.priority &&
    a.active === b.active &&
    a.model === b.model
  );
}

/** Views to which a change of these leads. */
function primaries(composer: ViewComposer, changed: readonly SourceView[]): readonly SourceView[] {
  const found = new Set<SourceView>();
  for (const view of changed) {
    const primary = composer.primaryOf(view);
    if (primary === null) found.add(view);
    else if (!found.has(primary)) for (const built of composer.builtOn(primary)) found.add(built);
  }
  return [...found];
}

function lostNames(before: AnalysedSide, after: AnalysedSide): ReadonlySet<string> {
  const lost = new Set<string>();
  const changed = changedModels(before, after);
  for (const name of changed) {
    const [model, now] = [before.registry.models.get(name), after.registry.models.get(name)];
    if (model === undefined) continue;
    for (const field of model.fields.keys()) if (now?.fields.has(field) !== true) lost.add(`${name}.${field}`);
    for (const method of model.methods.keys()) if (now?.methods.has(method) !== true) lost.add(`${name}.${method}`);
  }
  return lost;
}

/** Models that a changed module has a part in, itself or through what they inherit from or delegate to. */
function changedModels(before: AnalysedSide, after: AnalysedSide): ReadonlySet<string> {
  const modules = new Set([...before.order, ...after.order].filter((name) => isChanged(name, before, after)));
  const direct = new Set<string>();
  for (const { registry } of [before, after])
    for (const model of registry.models.values()) if (model.declared.some((place) => modules.has(place.module))) direct.add(model.name);
  const all = new Set(direct);
  for (const model of before.registry.models.values())
    if (model.ancestors.some((name) => direct.has(name)) || Object.keys(model.inherits).some((name) => direct.has(name)))
      all.add(model.name);
  return all;
}

/** Views whose text has one of the names: few enough to be looked at closely. */
function mentioning({ views }: ViewComposer, lost: ReadonlySet<string>): readonly SourceView[] {
  const names = [...new Set(Array.from(lost, (path) => path.slice(path.lastIndexOf(".") + 1)))];
  if (names.length === 0) return [];
  const any = new RegExp(`\\b(?:${names.map((name) => name.replace(/\W/g, "")).join("|")})\\b`);
  return [...views.values()].filter((view) => any.test(view.arch));
}
