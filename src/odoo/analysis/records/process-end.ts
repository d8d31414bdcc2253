import type { Registry } from "../../../domain/release/registry.ts";
import type { NamedRecord, RecordState } from "./record-state.ts";
import { isUnlistedValue, underscored } from "./reflected-records.ts";

export interface EndGround {
  readonly state: RecordState;
  /** Modules that were updated or installed. */
  readonly modules: ReadonlySet<string>;
  readonly loaded: ReadonlySet<string>;
  readonly registry: Registry;
  /** Of the old code. */
  readonly formerRegistry: Registry;
  readonly manualModels: ReadonlySet<string>;
  /** xmlids of views that extend the view, whoever gave them. */
  readonly viewChildren: ReadonlyMap<string, readonly string[]>;
}

/**
 * Takes out of `state` what Odoo deletes once all modules are loaded (`_process_end` in `ir_model.py`): xmlids of updated modules that no
 * file gave this time, unless they are noupdate.
 *
 * @returns xmlid → `deleted` with the record, or `forgotten`: only the xmlid goes
 */
export function processEnd(ground: EndGround): Map<string, "deleted" | "forgotten"> {
  const { state, modules, loaded, registry } = ground;
  const gone = new Map<string, "deleted" | "forgotten">();
  const remove = (xmlid: string, how: "deleted" | "forgotten"): void => {
    state.delete(xmlid);
    gone.set(xmlid, how);
  };
  const unseen = [...state.entries()].filter(
    ([xmlid, { noupdate }]) => !noupdate && !loaded.has(xmlid) && modules.has(xmlid.slice(0, xmlid.indexOf("."))),
  );
  // Odoo goes from the newest to the oldest; here the order in which they were named is the best that is known.
  for (const [xmlid, record] of unseen.toReversed()) {
    if (state.get(xmlid) === undefined) continue;
    if (!registry.models.has(record.model) && !ground.manualModels.has(record.model)) continue;
    if (belongsToLoaded(xmlid, record, ground) || isMadeByCode(record, ground)) continue;
    if (record.missing || state.names(record.identity) > 1) {
      remove(xmlid, "forgotten");
      continue;
    }
    remove(xmlid, "deleted");
    if (record.model === "ir.ui.view")
      for (const child of descendantViews(xmlid, ground)) if (state.exists(child)) remove(child, "deleted");
    // `ir.model.unlink` takes all xmlids of the model's records along and leaves their rows.
    if (record.model === "ir.model") {
      const model = record.identity.slice("ir.model ".length);
      for (const [name, one] of [...state.entries()]) if (one.model === model) remove(name, "forgotten");
    }
  }
  return gone;
}

/** A parent by delegation got its xmlid when its child was made, and no file gives it again. */
function belongsToLoaded(xmlid: string, { model }: NamedRecord, { loaded, state, registry }: EndGround): boolean {
  const ending = `_${underscored(model)}`;
  if (!xmlid.endsWith(ending)) return false;
  const child = xmlid.slice(0, -ending.length);
  const childModel = state.get(child)?.model;
  return loaded.has(child) && childModel !== undefined && model in (registry.models.get(childModel)?.inherits ?? {});
}

/** Fields and values that the code doesn't declare in so many words, neither the old nor the new, are likely to be made again. */
function isMadeByCode({ model, identity }: NamedRecord, { registry, formerRegistry }: EndGround): boolean {
  if (model === "ir.model.fields.selection") return isUnlistedValue(identity, registry);
  const name = model === "ir.model.fields" ? /^ir\.model\.fields (.*)\.(\w+)$/.exec(identity) : null;
  const former = formerRegistry.models.get(name?.[1] ?? "");
  return former !== undefined && registry.models.has(former.name) && !former.fields.has(name?.[2] ?? "");
}

/** Views that extend a deleted view are deleted with it, whichever module gave them. */
function descendantViews(xmlid: string, { viewChildren }: EndGround): Set<string> {
  const found = new Set<string>();
  const queue = [...(viewChildren.get(xmlid) ?? [])];
  for (let view = queue.pop(); view !== undefined; view = queue.pop()) {
    if (found.has(view)) continue;
    found.add(view);
    queue.push(...(viewChildren.get(view) ?? []));
  }
  return found;
}
