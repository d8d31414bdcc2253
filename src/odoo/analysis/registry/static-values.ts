import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Static } from "../../../domain/release/module-source.ts";

type Attributes = Readonly<Record<string, Static>>;

export const known = (value: Json): Static => ({ known: true, value });

/** Python's truth of a value that may be absent; null: it can't be told. */
export function truth(value: Static | undefined, absent: boolean): boolean | null {
  if (value === undefined) return absent;
  return value.known ? isTrue(value.value) : null;
}

/** Where code that isn't a literal can only be a function or a text, and so counts as true: `compute=_compute_x`, `translate=html_translate`. */
export function isGiven(value: Static | undefined): boolean {
  return truth(value, false) ?? true;
}

function isTrue(value: Json | undefined): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" ? Object.keys(value).length > 0 : value !== false && value !== 0 && value !== "";
}

/** A literal text; null: absent, something else, or not to be told. */
export function textOf(value: Static | undefined): string | null {
  return value?.known === true && typeof value.value === "string" && value.value !== "" ? value.value : null;
}

/** A literal whole number; null likewise. */
export function integerOf(value: Static | undefined): number | null {
  return value?.known === true && typeof value.value === "number" && Number.isInteger(value.value) ? value.value : null;
}

/** As one text, so that two can be compared; absent and `None` are alike. */
export function staticText(value: Static | undefined): string {
  if (value === undefined) return "null";
  return value.known ? JSON.stringify(value.value) : `code ${value.text}`;
}

/** Is the attribute given at all, be it as `None`? */
export function has(attributes: Attributes, name: string): boolean {
  return Object.hasOwn(attributes, name);
}

/** Keys of a literal list of values and labels; null: it is something else. */
export function selectionKeys(value: Static | undefined): string[] | null {
  if (value?.known !== true || !Array.isArray(value.value)) return null;
  const keys: string[] = [];
  for (const pair of value.value as readonly Json[]) {
    const key = Array.isArray(pair) ? (pair[0] as Json | undefined) : undefined;
    if (typeof key !== "string") return null;
    keys.push(key);
  }
  return keys;
}
