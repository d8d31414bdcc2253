import type { TranslationEntry } from "../../domain/release/source-model.ts";

interface Draft {
  line: number;
  obsolete: boolean;
  /** A reference to code without its line: Odoo stops there too. */
  numberless: boolean;
  flags: string[];
  records: string[];
  comment: string[];
  fields: Map<string, string>;
}

/** References that Odoo loads into the database (`PoFileReader.__iter__` in `odoo/tools/translate.py`); `code:` ones are served from the file. */
const recordReference = /^model(?:_terms)?:/;

/**
 * Reads a PO or POT file as far as the proof needs it.
 *
 * @returns null when it isn't one, or when an entry doesn't say its module: Odoo then stops reading at that entry
 */
export function readPoFile(text: string): readonly TranslationEntry[] | null {
  const drafts: Draft[] = [];
  let draft = emptyDraft(1);
  let field: string | null = null;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n?|\n/)
    .entries()) {
    const obsolete = /^\s*#~/.test(raw);
    const line = raw.replace(/^\s*#~\s?/, "").trim();
    const keyword = /^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+"(.*)"$/.exec(line);
    const begins = line.startsWith("#") || keyword?.[1] === "msgctxt" || (keyword?.[1] === "msgid" && draft.fields.has("msgid"));
    if ((begins && draft.fields.has("msgid")) || (keyword?.[1] === "msgctxt" && draft.fields.has("msgctxt"))) {
      drafts.push(draft);
      draft = emptyDraft(index + 1);
      field = null;
    }
    if (obsolete && line.startsWith("|")) continue;
    if (line === "") field = null;
    else if (keyword !== null) {
      if (draft.fields.size === 0) draft.line = index + 1;
      field = keyword[1] ?? "";
      draft.obsolete ||= obsolete;
      draft.fields.set(field, keyword[2] ?? "");
    } else if (line.startsWith("#")) comment(draft, line);
    else if (field !== null && /^".*"$/.test(line)) draft.fields.set(field, `${draft.fields.get(field) ?? ""}${line.slice(1, -1)}`);
    else return null;
  }
  if (draft.fields.has("msgid")) drafts.push(draft);
  const entries = drafts.filter((one) => one.fields.get("msgid") !== "" || one.fields.has("msgctxt"));
  if (entries.some((one) => one.numberless && !one.obsolete)) return null;
  if (entries.some((one) => !one.obsolete && !one.comment.some((line) => /\bmodules?: \w+/.test(line)))) return null;
  return entries.map(toEntry);
}

function emptyDraft(line: number): Draft {
  return { line, obsolete: false, numberless: false, flags: [], records: [], comment: [], fields: new Map() };
}

function comment(draft: Draft, line: string): void {
  if (line.startsWith("#:")) {
    const references = line.slice(2).trim().split(/\s+/);
    for (const one of references) if (recordReference.test(one)) draft.records.push(one);
    draft.numberless ||= references.some((one) => one.startsWith("code:") && !/:\d+$/.test(one));
  }
  if (line.startsWith("#,")) for (const flag of line.slice(2).split(",")) if (flag.trim() === "fuzzy") draft.flags.push("fuzzy");
  if (line.startsWith("#.")) draft.comment.push(line.slice(2).trim());
}

function toEntry({ line, obsolete, flags, records, fields }: Draft): TranslationEntry {
  const key = JSON.stringify([fields.get("msgctxt") ?? null, fields.get("msgid") ?? ""]);
  // Lines of code move without meaning anything: `model:x,name:m.id:0` says the same with another number.
  const references = [...new Set(records)].toSorted();
  const values = [...fields].filter(([name]) => name.startsWith("msgstr") || name === "msgid_plural");
  return {
    line,
    key,
    text: JSON.stringify([key, obsolete, flags, references, values]),
    translated: !obsolete && values.some(([name, value]) => name.startsWith("msgstr") && value !== ""),
    ofRecords: !obsolete && references.length > 0,
  };
}
