/** A value that JSON can carry without loss. `undefined` members are left out, as JSON.stringify does. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * The canonical form of RFC 8785 (JCS): members sorted by UTF-16 code units, no white space, numbers as ECMAScript writes
 * them. Two equal values give the same bytes, so a digest over them names the value.
 *
 * @throws RangeError for a number that JSON can't carry (NaN, Infinity).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError("canonical JSON has no form for a number that is not finite");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item as Json)).join(",")}]`;
  const record = value as { readonly [key: string]: Json | undefined };
  const members = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key] as Json)}`);
  return `{${members.join(",")}}`;
}
