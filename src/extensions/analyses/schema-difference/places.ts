import type { Registry, RegistryField } from "../../../domain/release/registry.ts";

/** Where a module says something; the line may be unknown. */
export interface Place {
  readonly module: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** @param name `model.field` */
export function fieldOf(registry: Registry, name: string): RegistryField | undefined {
  return registry.models.get(name.slice(0, name.lastIndexOf(".")))?.fields.get(name.slice(name.lastIndexOf(".") + 1));
}

/** One that a model has by delegation is declared where it comes from. @param name `model.field` */
export function declaredAt(registry: Registry, name: string): Place | null {
  const field = fieldOf(registry, name);
  if (field === undefined || field.origin !== "delegated") return field?.declared.at(-1) ?? null;
  const parents = Object.keys(registry.models.get(name.slice(0, name.lastIndexOf(".")))?.inherits ?? {});
  const parent = parents.find((one) => registry.models.get(one)?.fields.has(field.name));
  return parent === undefined ? null : declaredAt(registry, `${parent}.${field.name}`);
}

export function placeText(place: Place | null): string | null {
  return place === null ? null : `${place.module}/${place.file}:${place.line}`;
}
