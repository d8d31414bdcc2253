import type { Json } from "../../domain/shared/canonical-json.ts";
import type { FieldDeclaration, Static } from "../../domain/release/module-source.ts";

/** Attributes that no update writes anywhere: they work while the program runs. */
const runtimeOnly = new Set(["default", "domain", "context", "states", "compute_sudo", "recursive", "check_company", "prefetch"]);

/** Of these it counts that they are there: `selectable` and `readonly` follow from `search` and `inverse`, `numeric` from `digits`. */
const presence = new Set(["search", "inverse", "digits"]);

/** Can the value of an attribute leave something in the database when a module is loaded (`_reflect_field_params`, columns)? */
export function isReflected(attribute: string): boolean {
  return !runtimeOnly.has(attribute) && !presence.has(attribute) && attribute !== "compute";
}

/**
 * What the database knows of a field, in a form that can be compared.
 *
 * @param only nothing else declares the field, so that a label that isn't given is made of its name
 */
export function reflectedAttributes({ name, attributes }: FieldDeclaration, only: boolean): readonly (readonly [string, Json | Static])[] {
  return Object.entries(attributes)
    .filter(([key, value]) => !runtimeOnly.has(key) && !(only && key === "string" && value.known && value.value === defaultLabel(name)))
    .map(([key, value]) => [key, presence.has(key) ? isGiven(value) : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `digits=0` and `digits=False` make a numeric column too. */
function isGiven(value: Static): boolean {
  return !value.known || value.value !== null;
}

/** As `Field._setup_attrs__` does it; null where Python's `title()` would have to be known better. */
function defaultLabel(name: string): string | null {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return null;
  const bare = name.endsWith("_ids") ? name.slice(0, -4) : name.endsWith("_id") ? name.slice(0, -3) : name;
  return bare.replaceAll("_", " ").replace(/[a-z]+/g, (word) => word.charAt(0).toUpperCase() + word.slice(1));
}
