import type { Registry, RegistryModel } from "../../../domain/release/registry.ts";

/** xmlids that Odoo gives by itself: to models, fields, selections, constraints, modules and records behind delegation. */
export class GeneratedXmlids {
  readonly #registry: Registry;
  readonly #modules: { has(name: string): boolean };
  readonly #byName: ReadonlyMap<string, RegistryModel>;

  /** @param modules every module that Odoo sees, installed or not */
  constructor(registry: Registry, modules: { has(name: string): boolean }) {
    this.#registry = registry;
    this.#modules = modules;
    this.#byName = new Map([...registry.models].map(([name, model]) => [name.replaceAll(".", "_"), model]));
  }

  /** @param modelOf model of a record that a file declares */
  has(xmlid: string, modelOf: (xmlid: string) => string | undefined): boolean {
    const [module = "", name = ""] = xmlid.split(/\.(.*)/s);
    if (name.startsWith("model_")) return this.#model(module, name.slice("model_".length));
    if (name.startsWith("field_")) return this.#field(name.slice("field_".length));
    if (name.startsWith("selection__") || name.startsWith("constraint_")) return this.#registry.modules.includes(module);
    if (module === "base" && name.startsWith("module_category_")) return true;
    if (module === "base" && name.startsWith("module_")) return this.#modules.has(name.slice("module_".length));
    return this.#delegated(xmlid, modelOf);
  }

  /** Every module that has a class of the model gives it an xmlid (`_reflect_models`). */
  #model(module: string, name: string): boolean {
    const model = this.#byName.get(name);
    return model !== undefined && model.declared.some((place) => place.module === module);
  }

  #field(name: string): boolean {
    const [model = "", field = ""] = name.split(/__(.*)/s);
    return this.#byName.get(model)?.fields.has(field) ?? false;
  }

  /** `user_root_res_partner`: the partner of `user_root` (`_load_records` of `orm/models.py`). */
  #delegated(xmlid: string, modelOf: (xmlid: string) => string | undefined): boolean {
    for (let at = xmlid.indexOf("_", xmlid.indexOf(".")); at !== -1; at = xmlid.indexOf("_", at + 1)) {
      const parent = this.#byName.get(xmlid.slice(at + 1));
      const model = parent === undefined ? undefined : this.#registry.models.get(modelOf(xmlid.slice(0, at)) ?? "");
      if (parent !== undefined && model !== undefined && parent.name in model.inherits) return true;
    }
    return false;
  }
}
