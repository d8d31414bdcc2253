import type { RegistryModel } from "../../../domain/release/registry.ts";
import { primaryKey } from "./definitions.ts";
import { objectName } from "./postgres-names.ts";
import type { UpdateGround } from "./update-ground.ts";

/** Names in SQL that Odoo's code fills in: `{table}`, `%s`. */
const name = String.raw`"?([\w.]+|%s|%\(\w+\)s|\{[^{}]*\})"?`;
const createTable = new RegExp(String.raw`\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?${name}\s*\(`, "i");
const addColumn = new RegExp(
  String.raw`\balter\s+table\s+(?:if\s+exists\s+)?${name}\s+add\s+column\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?\s+([^,;]+)`,
  "gi",
);

/** What SQL in a model's `init` makes that isn't there: a table of its own, columns behind the ORM's back. As far as it can be read. */
export function playInit(ground: UpdateGround, model: RegistryModel): void {
  const old = ground.before?.models.get(model.name);
  for (const method of ["init", "_auto_init"]) {
    const known = new Set(old?.methods.get(method)?.map((one) => one.digest));
    for (const { digest, runs } of model.methods.get(method) ?? []) {
      if (known.has(digest)) continue;
      for (const sql of runs?.sql ?? []) playText(ground, model, sql);
    }
  }
}

function playText({ draft }: UpdateGround, model: RegistryModel, sql: string): void {
  const created = createTable.exec(sql);
  if (created !== null) {
    const table = tableOf(created[1] ?? "", model);
    if (draft.tables.has(table) || draft.views.has(table)) return;
    draft.tables.add(table);
    for (const part of parts(sql.slice(created.index + created[0].length))) {
      const column = /^"?(\w+)"?\s+(.+)$/s.exec(part);
      if (column === null || /^(?:primary|unique|check|constraint|foreign|exclude|like)$/i.test(column[1] ?? "")) continue;
      const [, named = "", rest = ""] = column;
      const serial = /^serial\b/i.test(rest);
      if (serial) draft.sequences.add(objectName(table, named, "seq"));
      const required = serial || /\b(?:not\s+null|primary\s+key)\b/i.test(rest);
      draft.setColumn(table, named, { type: typeOf(rest), notNull: required, hasDefault: serial || /\bdefault\b/i.test(rest) });
      if (/\bprimary\s+key\b/i.test(rest)) {
        const key = primaryKey(table, [named]);
        draft.setConstraint(`${table}.${key.name}`, key.constraint);
        draft.indexes.set(key.name, key.index);
      }
    }
  }
  for (const [, written = "", column = "", rest = ""] of sql.matchAll(addColumn)) {
    const table = tableOf(written, model);
    if (!draft.tables.has(table) || draft.column(table, column) !== undefined) continue;
    draft.setColumn(table, column, { type: typeOf(rest), notNull: /\bnot\s+null\b/i.test(rest), hasDefault: /\bdefault\b/i.test(rest) });
  }
}

function tableOf(written: string, model: RegistryModel): string {
  return /^\w+$/.test(written) ? written.toLowerCase() : model.table;
}

/** Up to the bracket that closes the table, at commas outside of brackets. */
function parts(text: string): string[] {
  const found: string[] = [];
  let [depth, start] = [1, 0];
  for (let at = 0; at < text.length && depth > 0; at += 1) {
    if (text[at] === "(") depth += 1;
    else if (text[at] === ")") depth -= 1;
    if (depth === 0 || (depth === 1 && text[at] === ",")) {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return found;
}

const aliases: Readonly<Record<string, string>> = {
  serial: "integer",
  int: "integer",
  int4: "integer",
  varchar: "character varying",
  bool: "boolean",
  float8: "double precision",
  double: "double precision",
  decimal: "numeric",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
};

function typeOf(rest: string): string {
  const [, word = "", length = ""] = /^\s*(\w+)\s*(\(\d+\))?/.exec(rest) ?? [];
  const lower = word.toLowerCase();
  return `${aliases[lower] ?? lower}${length}`;
}
