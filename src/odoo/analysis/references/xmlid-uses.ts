import type { DataEntry, DataValue } from "../../../domain/release/module-source.ts";

/** An xmlid that an entry of a data file needs to be there. */
export interface XmlidUse {
  readonly xmlid: string;
  /** Field that names it; null: the entry itself, which changes a record of another module. */
  readonly field: string | null;
}

/** `%(module.name)d` in an architecture. */
const recordInText = /[^%]%\(([^()\n]{1,200})\)[ds]/g;

/** What an entry refers to. A deletion of something that isn't there is no fault. */
export function xmlidUses(entry: DataEntry, module: string): readonly XmlidUse[] {
  if (entry.entry === "delete") return [];
  if (entry.entry === "function")
    return (entry.xmlids ?? []).filter((xmlid) => !isOptional(xmlid, entry.code)).map((xmlid) => ({ xmlid, field: entry.method }));
  const uses: XmlidUse[] = [];
  const { xmlid } = entry;
  const creates = entry.createsForeign === true || entry.tag === "menuitem" || entry.tag === "csv";
  if (xmlid !== null && !xmlid.startsWith(`${module}.`) && !creates) uses.push({ xmlid, field: null });
  for (const field in entry.values) {
    const value = entry.values[field];
    if (value !== undefined) for (const used of usedBy(value)) uses.push({ xmlid: used, field });
  }
  return uses;
}

function usedBy(value: DataValue): readonly string[] {
  switch (value.kind) {
    case "ref":
      return value.xmlids;
    case "eval":
      return value.xmlids.filter((xmlid) => !isOptional(xmlid, value.code));
    case "search":
      return value.xmlids ?? [];
    case "xml":
      return value.text.includes("%(") ? [...new Set(Array.from(value.text.matchAll(recordInText), ([, name]) => name ?? ""))] : [];
    default:
      return [];
  }
}

/** `ref('module.name', False)` may find nothing. */
function isOptional(xmlid: string, code: string): boolean {
  const name = xmlid.slice(xmlid.indexOf(".") + 1);
  return [xmlid, name].some((each) =>
    [`'${each}'`, `"${each}"`].some((text) => /^,\s*(?:raise_if_not_found\s*=\s*)?False/.test(after(code, text))),
  );
}

function after(code: string, text: string): string {
  const at = code.indexOf(text);
  return at === -1 ? "" : code.slice(at + text.length);
}
