import type { DataValue } from "../../../domain/release/module-source.ts";
import type { Registry, RegistryModel } from "../../../domain/release/registry.ts";
import { xmlidsIn } from "./data-value.ts";
import { underscored } from "./reflected-records.ts";

const byName = new WeakMap<Registry, ReadonlyMap<string, RegistryModel>>();

/** The model that a reference to an `ir.model` record means: `base.model_res_partner` → `res.partner`; null: it can't be told. */
export function modelOfXmlid(value: DataValue | undefined, registry: Registry): RegistryModel | null {
  const name = /^\w+\.model_(\w+)$/.exec(xmlidsIn(value)[0] ?? "")?.[1];
  if (name === undefined) return null;
  let models = byName.get(registry);
  if (models === undefined) {
    models = new Map([...registry.models.values()].map((model) => [underscored(model.name), model]));
    byName.set(registry, models);
  }
  return models.get(name) ?? null;
}
