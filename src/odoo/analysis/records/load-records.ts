import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import type { Uncertainty } from "../../../domain/impact/prediction.ts";
import type { DataEntry, DataRecord, ModuleSource } from "../../../domain/release/module-source.ts";
import { ModelDefinitions } from "./model-definitions.ts";
import type { RecordState } from "./record-state.ts";
import { reflectedRecords, underscored } from "./reflected-records.ts";

export interface LoadedRecords {
  /** xmlids that were seen: the clean-up at the end spares them. */
  readonly loaded: ReadonlySet<string>;
  /** Records that were there and got the files' values. */
  readonly written: ReadonlySet<string>;
  readonly created: ReadonlySet<string>;
  /** Named by `<delete>`. */
  readonly deleted: ReadonlySet<string>;
  readonly uncertain: readonly Uncertainty[];
}

/** `install`: everything is written. `update`: what has noupdate stays as it is. `none`: only the classes are loaded. */
export type LoadMode = "install" | "update" | "none";

interface Load {
  readonly side: AnalysedSide;
  readonly state: RecordState;
  readonly definitions: ModelDefinitions;
  readonly loaded: Set<string>;
  readonly written: Set<string>;
  readonly created: Set<string>;
  readonly deleted: Set<string>;
  readonly uncertain: Uncertainty[];
}

/**
 * Does to `state` what Odoo does to `ir_model_data` while it loads the side's modules in their order (`load_module_graph`).
 *
 * @param models those whose mirrors are of interest; null: all
 */
export function loadRecords(
  side: AnalysedSide,
  state: RecordState,
  modeOf: (module: string) => LoadMode,
  models: ReadonlySet<string> | null = null,
): LoadedRecords {
  const load: Load = {
    side,
    state,
    definitions: new ModelDefinitions(),
    loaded: new Set(),
    written: new Set(),
    created: new Set(),
    deleted: new Set(),
    uncertain: [],
  };
  for (const name of side.order) {
    const source = side.universe.get(name);
    if (source === undefined) continue;
    const mode = modeOf(name);
    const touched = load.definitions.load(source);
    if (mode === "none") continue;
    for (const { xmlid, model, identity } of reflectedRecords(name, load.definitions, touched, side.registry, models))
      nameRecord(load, xmlid, { model, identity, noupdate: false });
    for (const file of source.data) for (const entry of file.entries) loadEntry(load, source, entry, mode);
    if (mode === "install") noteHooks(load, source);
  }
  return load;
}

function loadEntry(load: Load, source: ModuleSource, entry: DataEntry, mode: "install" | "update"): void {
  if (entry.entry === "record") loadRecord(load, entry, mode);
  else if (entry.entry === "function") {
    if (entry.noupdate && mode === "update") return;
    const why = `${source.name} calls ${entry.method} on ${entry.model} from a data file (line ${entry.line}).`;
    load.uncertain.push({ touches: `records of ${entry.model}`, why });
  } else if (entry.search !== null) {
    const why = `${source.name} deletes what a search finds (line ${entry.line}): ${entry.search}`;
    load.uncertain.push({ touches: `records of ${entry.model}`, why });
  } else if (entry.xmlid !== null && load.state.exists(entry.xmlid)) {
    load.state.delete(entry.xmlid);
    load.deleted.add(entry.xmlid);
  }
}

/** `_tag_record` and `_load_records`. */
function loadRecord(load: Load, entry: DataRecord, mode: "install" | "update"): void {
  const { state, loaded } = load;
  const { xmlid } = entry;
  if (xmlid === null) return;
  const there = state.exists(xmlid);
  if (entry.noupdate && mode === "update") {
    if (there) loaded.add(xmlid);
    if (there || !entry.forcecreate) return;
  }
  if (there) {
    loaded.add(xmlid);
    if (mode === "install" || state.get(xmlid)?.noupdate !== true) load.written.add(xmlid);
    return;
  }
  if (state.get(xmlid) !== undefined) state.delete(xmlid);
  // A module's row names itself when it is made, and so is noupdate.
  const noupdate = entry.noupdate || entry.model === "ir.module.module";
  nameRecord(load, xmlid, { model: entry.model, identity: `${entry.model} ${xmlid}`, noupdate });
  // Parents by delegation come into being along with the record.
  for (const [parent, field] of Object.entries(load.side.registry.models.get(entry.model)?.inherits ?? {})) {
    const name = `${xmlid}_${underscored(parent)}`;
    if (!(field in entry.values)) nameRecord(load, name, { model: parent, identity: `${parent} ${name}`, noupdate: entry.noupdate });
  }
}

/** `_update_xmlids`: what has the xmlid already keeps its flag. */
function nameRecord(load: Load, xmlid: string, record: { model: string; identity: string; noupdate: boolean }): void {
  load.loaded.add(xmlid);
  if (load.state.exists(xmlid)) return;
  load.state.set(xmlid, { ...record, missing: false });
  load.created.add(xmlid);
  load.deleted.delete(xmlid);
}

function noteHooks(load: Load, { name, manifest }: ModuleSource): void {
  for (const hook of ["pre_init_hook", "post_init_hook"])
    if (manifest?.hooks[hook] !== undefined) load.uncertain.push({ touches: "records", why: `${name} is installed and has a ${hook}.` });
}
