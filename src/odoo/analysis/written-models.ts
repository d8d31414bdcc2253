import type { DataCall, DataRecord, DataValue, ModuleSource } from "../../domain/release/module-source.ts";
import type { Declared, Registry } from "../../domain/release/registry.ts";

/** What data files make Odoo write when it loads them again. */
export interface WrittenModels {
  /** Models of the records, with those that they consist of: `_inherits` and what they inherit from. */
  readonly models: ReadonlySet<string>;
  /** Writing them may write records of any other model. */
  readonly spreads: boolean;
  readonly calls: readonly DataCall[];
}

/**
 * Models whose records, written with the values that they have, write nothing of another model that holds people's data: the web client's
 * texts, access rights and templates. Read in their own `create` and `write`.
 */
const quietModels =
  /^(?:ir\.ui\.(?:view|menu)|ir\.actions\.(?:act_window|act_window\.view|act_url|client|report|server)|ir\.model\.access|ir\.rule|ir\.cron|ir\.sequence|ir\.config_parameter|ir\.filters|ir\.asset|ir\.module\.category|res\.groups|res\.groups\.privilege|mail\.template|mail\.message\.subtype|mail\.activity\.type|report\.paperformat|decimal\.precision|web_tour\.tour)$/;

/** Methods that Odoo calls to write any record. */
export const writing: RegExp =
  /^(?:create|write|_write|_write_multi|unlink|copy|copy_data|default_get|_load_records\w*|modified|_validate_fields|_add_missing_default_values|toggle_active|action_archive|action_unarchive)$/;

export interface WrittenQuestion {
  /** That are loaded. */
  readonly modules: readonly ModuleSource[];
  /** The same before the update: what noupdate keeps was there already. */
  readonly before: readonly ModuleSource[];
  readonly registry: Registry;
  /** Of the release. */
  readonly own: ReadonlySet<string>;
}

export function writtenModels({ modules, before, registry, own }: WrittenQuestion): WrittenModels {
  const entries = modules.flatMap(({ data }) => data.flatMap((file) => file.entries));
  const there = new Set(
    before.flatMap(({ data }) => data.flatMap((file) => file.entries.flatMap((one) => (one.entry === "record" ? [one.xmlid] : [])))),
  );
  const calls = entries.filter((one) => one.entry === "function");
  const named = entries.flatMap((one) => {
    if (one.entry === "function") return [];
    if (one.entry === "delete") return [one.model];
    if (one.noupdate && one.xmlid !== null && there.has(one.xmlid)) return [];
    return [one.model, ...nested(one, registry)];
  });
  const models = new Set<string>();
  for (const name of named) {
    const parents = Object.keys(registry.models.get(name)?.inherits ?? {});
    for (const one of [name, ...parents]) for (const part of [one, ...(registry.models.get(one)?.ancestors ?? [])]) models.add(part);
  }
  const spreads = calls.length > 0 || named.some((name) => !quietModels.test(name) && !isPlain(name, registry, own));
  return { models, spreads, calls };
}

/** A model of the release's own that nothing of Odoo builds on, and that has no code for being written. */
function isPlain(name: string, { models }: Registry, own: ReadonlySet<string>): boolean {
  const model = models.get(name);
  if (model === undefined || Object.keys(model.inherits).length > 0 || !model.declared.every(({ module }) => own.has(module))) return false;
  // What every model has says nothing of this one.
  const everywhere = new Set(
    [...(models.get("base")?.methods ?? [])].flatMap(([method, declared]) => declared.map((one) => place(one, method))),
  );
  return ![...model.methods].some(
    ([method, declared]) => writing.test(method) && declared.some((one) => !everywhere.has(place(one, method))),
  );
}

function place({ module, file, line }: Declared, method: string): string {
  return `${module}/${file}:${line} ${method}`;
}

/** Models of records that are made inside of another one's value: `[(0, 0, {…})]`, `Command.create`. */
function nested({ model, values }: DataRecord, registry: Registry): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (!isNested(value)) return [];
    return registry.models.get(model)?.fields.get(name)?.comodel ?? [];
  });
}

function isNested(value: DataValue): boolean {
  return value.kind === "records" || (value.kind === "eval" && /Command\.(?:create|update)|[([]\s*[01]\s*,/.test(value.code));
}
