import type { Registry } from "../../../domain/release/registry.ts";

/**
 * Models whose schema Odoo makes agree with the code: those with a class in a module that is loaded anew, and all that inherit from
 * them in any way (`Registry.descendants`).
 */
export function touchedModels(registry: Registry, modules: ReadonlySet<string>): Set<string> {
  const children = new Map<string, string[]>();
  for (const model of registry.models.values())
    for (const parent of new Set([...model.ancestors, ...Object.keys(model.inherits)])) {
      if (parent === "base") continue;
      const there = children.get(parent);
      if (there === undefined) children.set(parent, [model.name]);
      else there.push(model.name);
    }
  const touched = new Set<string>();
  const queue: string[] = [];
  for (const model of registry.models.values()) if (model.declared.some(({ module }) => modules.has(module))) queue.push(model.name);
  if (queue.includes("base")) queue.push(...registry.models.keys());
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (touched.has(name)) continue;
    touched.add(name);
    queue.push(...(children.get(name) ?? []));
  }
  // In the order in which Odoo comes to know them.
  return new Set([...registry.models.keys()].filter((name) => touched.has(name)));
}
