import { deparseExpression, type ColumnTypes } from "./deparse-expression.ts";
import { objectName, quoted } from "./postgres-names.ts";

/** Of a declared constraint or index, as far as it can be told without PostgreSQL. */
export type ConstraintType = "unique" | "check" | "foreign key" | "exclude" | "other";

const starts: readonly (readonly [ConstraintType, RegExp])[] = [
  ["unique", /^unique\b/i],
  ["check", /^check\b/i],
  ["foreign key", /^foreign\s+key\b/i],
  ["exclude", /^exclude\b/i],
];

export function constraintType(definition: string): ConstraintType {
  return starts.find(([, pattern]) => pattern.test(definition.trim()))?.[0] ?? "other";
}

/** A declared constraint as `pg_get_constraintdef` would write it; of a check with more than comparisons the expression stays as declared. */
export function constraintText(declared: string, types: ColumnTypes): string {
  const text = declared.trim().replaceAll(/\s+/g, " ");
  const type = constraintType(text);
  const columns = type === "unique" ? columnList(text.replace(/^unique\s*(nulls not distinct)?/i, "")) : null;
  if (columns !== null) return `UNIQUE ${/nulls not distinct/i.test(text) ? "NULLS NOT DISTINCT " : ""}(${columns.map(quoted).join(", ")})`;
  if (type !== "check") return text;
  const expression = text.replace(/^check\s*/i, "");
  if (!isWrapped(expression)) return text;
  const inside = unwrapped(expression);
  return `CHECK (${deparseExpression(inside, types) ?? `(${inside})`})`;
}

/** Plain names in brackets; null: there is something else. */
function columnList(text: string): string[] | null {
  const match = /^\s*\(([^()]*)\)\s*$/.exec(text);
  const names = match?.[1]?.split(",").map((name) => name.trim().replaceAll('"', ""));
  return names?.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) === true ? names.map((name) => name.toLowerCase()) : null;
}

export interface IndexParts {
  readonly method: string;
  /** Between the brackets. */
  readonly expressions: string;
  /** Without `WHERE`; empty: over all rows. */
  readonly where: string;
}

/** null: more than `[USING method] (…) [WHERE …]`. */
export function indexParts(declared: string): IndexParts | null {
  const text = declared.trim().replaceAll(/\s+/g, " ");
  const head = /^(?:using (\w+) ?)?\(/i.exec(text);
  if (head === null) return null;
  let depth = 0;
  for (let at = head[0].length - 1; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    else if (text[at] === ")" && (depth -= 1) === 0) {
      const where = /^ ?(?:where (.+))?$/i.exec(text.slice(at + 1));
      if (where === null) return null;
      const expressions = text.slice(head[0].length, at).trim();
      return { method: (head[1] ?? "btree").toLowerCase(), expressions, where: unwrapped(where[1] ?? "") };
    }
  }
  return null;
}

/** Without brackets around the whole. */
export function unwrapped(text: string): string {
  let inside = text.trim();
  while (isWrapped(inside)) inside = inside.slice(1, -1).trim();
  return inside;
}

function isWrapped(text: string): boolean {
  if (!text.startsWith("(") || !text.endsWith(")")) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    else if (text[at] === ")" && (depth -= 1) === 0) return at === text.length - 1;
  }
  return false;
}

/** A declared index as `pg_get_indexdef` would write it; likewise. */
export function indexText(
  of: { readonly name: string; readonly table: string; readonly unique: boolean },
  declared: string,
  types: ColumnTypes,
): string {
  const { name, table, unique } = of;
  const head = `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quoted(name)} ON public.${quoted(table)}`;
  const parts = indexParts(declared);
  if (parts === null) return `${head} ${declared.trim()}`;
  const columns = columnList(`(${parts.expressions})`);
  const expressions =
    columns === null ? parts.expressions.replaceAll(/ (desc|asc)\b/gi, (word) => word.toUpperCase()) : columns.map(quoted).join(", ");
  return `${head} USING ${parts.method} (${expressions})${parts.where === "" ? "" : ` WHERE ${deparseExpression(parts.where, types) ?? `(${parts.where})`}`}`;
}

export type FieldIndex = "btree" | "btree_not_null" | "trigram";

/** The index of a field (`Registry.check_indexes`). */
export function fieldIndexText(
  name: string,
  table: string,
  column: string,
  of: { index: FieldIndex; company: boolean; translated: boolean },
): string {
  const head = `CREATE INDEX ${quoted(name)} ON public.${quoted(table)} USING`;
  const plain = quoted(column);
  if (of.index === "trigram") {
    const expression = of.translated ? `((jsonb_path_query_array(${plain}, '$.*'::jsonpath))::text)` : plain;
    return `${head} gin (${expression} gin_trgm_ops)`;
  }
  if (of.index === "btree") return `${head} btree (${plain})`;
  return `${head} btree (${of.company ? `((${plain} IS NOT NULL))` : plain}) WHERE (${plain} IS NOT NULL)`;
}

export function primaryKey(table: string, columns: readonly string[]): { name: string; constraint: string; index: string } {
  const name = objectName(table, null, "pkey");
  const list = columns.map(quoted).join(", ");
  return {
    name,
    constraint: `PRIMARY KEY (${list})`,
    index: `CREATE UNIQUE INDEX ${quoted(name)} ON public.${quoted(table)} USING btree (${list})`,
  };
}

export function foreignKeyText(column: string, target: string, ondelete: string): string {
  const rule = ondelete.toUpperCase();
  return `FOREIGN KEY (${quoted(column)}) REFERENCES ${quoted(target)}(id)${rule === "NO ACTION" ? "" : ` ON DELETE ${rule}`}`;
}
