import type { RegistryField } from "../../../domain/release/registry.ts";
import { isGiven, selectionKeys } from "../registry/static-values.ts";

/** Values of a selection that Odoo writes down: those of a list, not of a method and not of a related field. */
export function reflectedKeys(field: RegistryField): readonly string[] | "unclear" {
  if (field.type !== "selection" && field.type !== "reference") return [];
  const { selection, related } = field.attributes;
  if (isGiven(related) || selection === undefined) return [];
  const keys = selectionKeys(selection);
  if (keys !== null) return keys;
  // A text is the name of a method, as is a lambda; any other code may be a list.
  return selection.known || selection.text.startsWith("lambda") ? [] : "unclear";
}
