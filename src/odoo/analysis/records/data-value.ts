import type { Json } from "../../../domain/shared/canonical-json.ts";
import { canonicalJson } from "../../../domain/shared/canonical-json.ts";
import type { DataValue, Static } from "../../../domain/release/module-source.ts";

/**
 * A text that is equal for values which Odoo writes the same into a field, however the file says it (`_eval_xml`, `_tag_record`):
 * `eval="True"` and `True`, `eval="ref('x')"` and `ref="x"`.
 *
 * @param type Odoo's `ttype`; null: not known
 */
export function canonicalValue(value: DataValue, type: string | null): string {
  switch (value.kind) {
    case "text":
      return scalar(value.text, type);
    case "ref":
      return `ref ${value.xmlids.join(" ")}`;
    case "eval":
      return evaluated(value.code, value.value, value.xmlids, type);
    case "search":
      return `search ${value.model ?? ""} ${value.code}`;
    case "xml":
      return scalar(value.text, null);
    case "file":
      return `file ${value.path}`;
    case "records":
      return `records ${value.xmlids.join(" ")}`;
  }
}

function evaluated(code: string, value: Static, xmlids: readonly string[], type: string | null): string {
  if (value.known) return scalar(value.value, type);
  if (xmlids.length === 1 && /^\(?\s*ref\(\s*["'][^"']*["']\s*\)\s*\)?$/.test(code.trim())) return `ref ${xmlids[0] ?? ""}`;
  return `eval ${value.text} ${xmlids.join(" ")}`;
}

function scalar(value: Json, type: string | null): string {
  const plain = typeof value === "string" ? value.trim() : value;
  if (type === "boolean") return `value ${String(truth(plain))}`;
  if (type === "integer" || type === "float" || type === "monetary") {
    const number = typeof plain === "string" ? Number(plain) : plain;
    if (typeof number === "number" && !Number.isNaN(number)) return `value ${number}`;
  }
  // An empty text, None and False are all the same in the database.
  if (value === null || value === false || value === "") return "value";
  return `value ${typeof value === "string" ? value : canonicalJson(value)}`;
}

const longest = 120;

/** As a person would read it; long ones are cut. */
export function shownValue(value: DataValue | undefined): string {
  if (value === undefined) return "not given";
  const text = shownWhole(value).replace(/\s+/g, " ").trim();
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function shownWhole(value: DataValue): string {
  switch (value.kind) {
    case "text":
    case "xml":
      return value.text;
    case "ref":
    case "records":
      return value.xmlids.join(", ");
    case "eval":
    case "search":
      return value.code;
    case "file":
      return value.path;
  }
}

/**
 * Is it true for a boolean field?
 *
 * @param otherwise when the file doesn't give it
 * @returns null: it can't be told
 */
export function isTrue(value: DataValue | undefined, otherwise: boolean): boolean | null {
  if (value === undefined) return otherwise;
  if (value.kind === "text") return truth(value.text.trim());
  return value.kind === "eval" && value.value.known ? truth(value.value.value) : null;
}

/** xmlids that the value names. */
export function xmlidsIn(value: DataValue | undefined): readonly string[] {
  return value?.kind === "ref" || value?.kind === "eval" || value?.kind === "records" ? value.xmlids : [];
}

/** `str2bool` for texts, Python's truth for the rest. */
function truth(value: Json): boolean {
  if (typeof value === "string") return !["0", "false", "off"].includes(value.toLowerCase());
  return value !== null && value !== false && value !== 0 && !(Array.isArray(value) && value.length === 0);
}
