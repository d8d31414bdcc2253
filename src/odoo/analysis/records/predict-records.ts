import type { AnalysedTenant } from "../../../app/ports/analysis-kind.ts";
import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import type { RecordPrediction, Uncertainty } from "../../../domain/impact/prediction.ts";
import type { UpdateQuestion } from "../prediction/update-question.ts";
import { reflectionModels } from "../known-noise.ts";
import { changedFields, declaredBy, declaredValues, type DeclaredValues } from "./declared-values.ts";
import { addModuleList, freshRecords } from "./fresh-records.ts";
import { linkedRecords } from "./linked-records.ts";
import { loadRecords, type LoadMode } from "./load-records.ts";
import { processEnd } from "./process-end.ts";
import { RecordState, tenantRecords } from "./record-state.ts";

export interface RecordsGround extends UpdateQuestion {
  /** Models that the update may change anything of (`modelsInReach`); absent: all. Without a tenant, mirrors of others aren't made up. */
  readonly models?: ReadonlySet<string>;
}

export interface PredictedRecords {
  readonly records: readonly RecordPrediction[];
  readonly uncertain: readonly Uncertainty[];
  /** In the words of `compareSnapshots`. */
  readonly difference: Pick<DatabaseDifference, "recordsAdded" | "recordsRemoved">;
}

/** What `-u` does to everything that has an xmlid. Sorted by xmlid. */
export function predictRecords(ground: RecordsGround): PredictedRecords {
  const { before, after, tenant, updated } = ground;
  const installed = new Set(ground.installed);
  if (updated.size === 0 && installed.size === 0)
    return { records: [], uncertain: [], difference: { recordsAdded: [], recordsRemoved: [] } };
  const start = new RecordState(tenant === null ? freshRecords(before, ground.models ?? null).entries() : tenantRecords(tenant));
  const state = new RecordState(start.entries());
  addModuleList(after, state);
  const mode = (module: string): LoadMode => (installed.has(module) ? "install" : updated.has(module) ? "update" : "none");
  const load = loadRecords(after, state, mode);
  const old = declaredBy(before);
  const mixed = after.order.flatMap((name) => (mode(name) === "none" ? before : after).universe.get(name) ?? []);
  const isNow = mixed.every((source) => source === after.universe.get(source.name));
  const now = isNow ? declaredBy(after) : declaredValues(mixed);
  const gone = processEnd({
    state,
    modules: new Set([...updated, ...installed]),
    loaded: load.loaded,
    registry: after.registry,
    formerRegistry: before.registry,
    manualModels: new Set(tenant?.facts.customisations.manualModels),
    viewChildren: viewChildren(old, now, tenant),
  });
  for (const xmlid of load.deleted) if (!gone.has(xmlid)) gone.set(xmlid, "deleted");
  const records = [
    ...[...gone].flatMap(([xmlid, becomes]) => lost(xmlid, becomes, start, old)),
    ...[...state.entries()].flatMap(([xmlid, { model, missing }]) =>
      missing || start.exists(xmlid)
        ? []
        : [prediction(xmlid, model, "created", [...(now.get(xmlid)?.values.keys() ?? [])].sort(), now.get(xmlid))],
    ),
    ...[...load.loaded].flatMap((xmlid) => met(xmlid)),
  ];
  records.push(...linked(records));
  const written = new Set([...load.written].flatMap((xmlid) => state.get(xmlid)?.model ?? []));
  return {
    records: records.sort(byXmlid),
    uncertain: [...load.uncertain, ...unreadEdits(tenant, written)],
    difference: difference(start, state),
  };

  function linked(known: readonly RecordPrediction[]): RecordPrediction[] {
    const named = new Set(known.map(({ xmlid }) => xmlid));
    const fields = new Map<string, Set<string>>();
    for (const { xmlid, becomes, fields: written } of known) {
      if (becomes === "kept" || becomes === "forgotten") continue;
      const declared = becomes === "deleted" ? undefined : now.get(xmlid);
      const former = becomes === "created" ? undefined : old.get(xmlid);
      for (const [name, inverses] of linkedRecords(former, declared, becomes === "deleted" ? null : written, after.registry))
        if (!named.has(name) && start.exists(name) && state.exists(name))
          fields.set(name, new Set([...(fields.get(name) ?? []), ...inverses]));
    }
    return [...fields].map(([xmlid, names]) =>
      prediction(xmlid, state.get(xmlid)?.model ?? "", "changed", [...names].sort(), now.get(xmlid)),
    );
  }

  /** A record that was there and still is. */
  function met(xmlid: string): RecordPrediction[] {
    const declared = now.get(xmlid);
    if (declared === undefined || !start.exists(xmlid) || gone.has(xmlid)) return [];
    const fields = changedFields(old.get(xmlid), declared, after.registry);
    if (!load.written.has(xmlid)) return fields.length === 0 ? [] : [prediction(xmlid, declared.model, "kept", fields, declared)];
    if (edits(tenant).has(xmlid) && (declared.model !== "ir.ui.view" || declared.values.has("arch")))
      return [prediction(xmlid, declared.model, "overwritten", fields, declared)];
    return fields.length === 0 ? [] : [prediction(xmlid, declared.model, "changed", fields, declared)];
  }
}

function prediction(
  xmlid: string,
  model: string,
  becomes: RecordPrediction["becomes"],
  fields: readonly string[],
  declared: DeclaredValues | undefined,
): RecordPrediction {
  return { xmlid, model, becomes, fields, file: declared?.last.file ?? null, line: declared?.last.line ?? null };
}

function lost(
  xmlid: string,
  becomes: "deleted" | "forgotten",
  start: RecordState,
  old: ReadonlyMap<string, DeclaredValues>,
): RecordPrediction[] {
  const model = start.get(xmlid)?.model;
  return model === undefined ? [] : [prediction(xmlid, model, becomes, [], old.get(xmlid))];
}

function byXmlid(a: RecordPrediction, b: RecordPrediction): number {
  return a.xmlid < b.xmlid ? -1 : a.xmlid > b.xmlid ? 1 : 0;
}

const edited = new WeakMap<AnalysedTenant, ReadonlySet<string>>();

function edits(tenant: AnalysedTenant | null): ReadonlySet<string> {
  if (tenant === null) return new Set();
  const known = edited.get(tenant);
  if (known !== undefined) return known;
  const views = tenant.content.views.flatMap((view) => (view.edited && view.xmlid !== null ? [view.xmlid] : []));
  const all = new Set([...tenant.content.editedRecords, ...views]);
  edited.set(tenant, all);
  return all;
}

/** Records whose marks couldn't be read may have been edited, and the update may overwrite that. */
function unreadEdits(tenant: AnalysedTenant | null, written: ReadonlySet<string>): Uncertainty[] {
  const unread = (tenant?.content.unread ?? []).filter((model) => written.has(model));
  return unread.map((model) => ({
    touches: `edits of ${model}`,
    why: `Whether somebody edited records of ${model} couldn't be read in this database; the update overwrites such edits.`,
  }));
}

/** View → views that extend it. What the new files say counts before what the database says, and that before the old files. */
function viewChildren(
  old: ReadonlyMap<string, DeclaredValues>,
  now: ReadonlyMap<string, DeclaredValues>,
  tenant: AnalysedTenant | null,
): Map<string, string[]> {
  const views = tenant?.content.views ?? [];
  const names = new Map(views.map(({ id, xmlid }) => [id, xmlid]));
  const parents = new Map([
    ...declaredParents(old),
    ...views.map(({ xmlid, inheritId }) => [xmlid, inheritId === null ? null : names.get(inheritId)] as const),
    ...declaredParents(now),
  ]);
  const children = new Map<string, string[]>();
  for (const [child, parent] of parents)
    if (child !== null && typeof parent === "string") children.set(parent, [...(children.get(parent) ?? []), child]);
  return children;
}

function declaredParents(declared: ReadonlyMap<string, DeclaredValues>): [string, string | undefined][] {
  return [...declared].flatMap(([xmlid, record]): [string, string | undefined][] => {
    const parent = record.model === "ir.ui.view" ? record.values.get("inherit_id") : undefined;
    return parent?.kind === "ref" ? [[xmlid, parent.xmlids[0]]] : [];
  });
}

function difference(start: RecordState, end: RecordState): PredictedRecords["difference"] {
  return { recordsAdded: onlyIn(end, start), recordsRemoved: onlyIn(start, end) };
}

function onlyIn(inThis: RecordState, other: RecordState): string[] {
  return [...inThis.entries()]
    .filter(([xmlid, { model, identity }]) => other.get(xmlid) === undefined && !reflectionModels.has(model) && other.names(identity) === 0)
    .map(([xmlid, { model }]) => `${xmlid} (${model})`)
    .sort();
}
