import type { TenantView } from "../../../domain/fleet/tenant-content.ts";
import type { DataEntry, DataRecord, ModuleSource } from "../../../domain/release/module-source.ts";
import { ArchNode } from "../../source/arch-node.ts";
import { readArch } from "../../source/arch-text.ts";
import { learnNumbers, withLearned, withNumbers } from "./record-numbers.ts";
import { defaultPriority, recordView, type SourceView } from "./source-view.ts";

/** All views, by key. */
export type ViewSet = ReadonlyMap<string, SourceView>;

export interface ViewQuestion {
  /** In load order. */
  readonly modules: readonly ModuleSource[];
  /** What the database has; empty: no tenant. */
  readonly tenant: readonly TenantView[];
  /** xmlids of views that the old sources have: a view of the database that only they have goes. */
  readonly formerly: ReadonlySet<string>;
  /** Modules that an update loads again; null: all. The views of others stay as the database has them. */
  readonly loaded: ReadonlySet<string> | null;
}

/** The views as they are after an update: what the files say over what the database has. */
export function viewSet(question: ViewQuestion): ViewSet {
  const { modules, tenant, formerly, loaded } = question;
  const views = new Map<string, SourceView>();
  const keys = new Map(tenant.map((view) => [view.id, view.xmlid ?? `#${view.id}`]));
  for (const view of tenant) {
    const key = keys.get(view.id) ?? `#${view.id}`;
    views.set(key, tenantView(view, key, view.inheritId === null ? null : (keys.get(view.inheritId) ?? `#${view.inheritId}`)));
  }
  const known = new Set(views.keys());
  const highest = tenant.reduce((highest, view) => Math.max(highest, view.id), 0);
  const given = new Set<string>();
  const ids = new Map<string, string>();
  let order = highest;
  for (const module of modules)
    for (const file of module.data)
      for (const entry of file.entries) {
        if (isView(entry)) {
          order += 1;
          given.add(entry.xmlid);
          const before = views.get(entry.xmlid) ?? null;
          const view = recordView(entry, module.name, order, before);
          if (before !== null && before.file === null) learn(before, view, ids);
          const stays = known.has(entry.xmlid) && (entry.noupdate || loaded?.has(module.name) === false);
          views.set(entry.xmlid, stays && before !== null ? kept(before, view, entry.noupdate) : view);
        } else if (entry.entry === "delete" && entry.model === "ir.ui.view" && entry.xmlid !== null) views.delete(entry.xmlid);
      }
  if (ids.size > 0) for (const [key, view] of views) if (view.file === null) views.set(key, { ...view, arch: withLearned(view.arch, ids) });
  for (const key of known) if (formerly.has(key) && !given.has(key)) views.delete(key);
  return views;
}

/** xmlids of the views that sources give. */
export function viewsGiven(modules: readonly ModuleSource[]): Set<string> {
  return new Set(modules.flatMap((module) => module.data.flatMap((file) => file.entries.filter(isView).map((entry) => entry.xmlid))));
}

function isView(entry: DataEntry): entry is DataRecord & { readonly xmlid: string } {
  return entry.entry === "record" && entry.model === "ir.ui.view" && entry.xmlid !== null;
}

/** What the update leaves as it is: the database's content, which for what nobody edited and every update loads is the file's. */
function kept(stored: SourceView, view: SourceView, noupdate: boolean): SourceView {
  if (stored.ownedByTenant) return stored;
  const { module, file, line, archLines } = view;
  return noupdate ? { ...stored, module, file, line, archLines } : { ...stored, module, file, line, archLines, arch: view.arch };
}

function learn(stored: SourceView, view: SourceView, ids: Map<string, string>): void {
  if (stored.ownedByTenant || !view.arch.includes("%(")) return;
  const [fromFile, fromDatabase] = [readArch(withNumbers(view.arch)), readArch(stored.arch)];
  if (fromFile instanceof ArchNode && fromDatabase instanceof ArchNode) learnNumbers(fromFile, fromDatabase, ids);
}

function tenantView(view: TenantView, key: string, inherit: string | null): SourceView {
  return {
    key,
    xmlid: view.xmlid,
    module: null,
    file: null,
    line: null,
    archLines: [],
    name: view.name,
    model: view.model,
    type: view.type,
    mode: view.mode,
    inherit,
    priority: view.priority ?? defaultPriority,
    active: view.active,
    order: view.id,
    arch: view.arch,
    ownedByTenant: view.xmlid === null || view.edited,
    groups: [],
  };
}
