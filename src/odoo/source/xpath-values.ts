import { textOf, type XPathNode } from "./xpath-axes.ts";

export type XPathValue = number | string | boolean | readonly XPathNode[];

export const isNodes = (value: XPathValue): value is readonly XPathNode[] => Array.isArray(value);

export function toText(value: XPathValue): string {
  if (isNodes(value)) {
    const [first] = value;
    return first === undefined ? "" : textOf(first);
  }
  return String(value);
}

export function toNumber(value: XPathValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = toText(value).trim();
  return /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/.test(text) ? Number(text) : Number.NaN;
}

export function toBoolean(value: XPathValue): boolean {
  if (isNodes(value)) return value.length > 0;
  return typeof value === "number" ? value !== 0 && !Number.isNaN(value) : Boolean(value);
}
