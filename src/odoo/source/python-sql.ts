import { contentOf } from "./python-body.ts";
import type { LocalNames } from "./python-locals.ts";
import { known, type Place } from "./python-static.ts";
import { dottedName, type Argument, type Expression } from "./python-syntax.ts";

/** A statement of rows, or one that makes a view or an index, stays one whatever is put into it. */
const certain =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:select|insert\s+into|update|delete\s+from|create\s+(?:or\s+replace\s+|materialized\s+)*view|create\s+(?:unique\s+)?index|drop\s+(?:materialized\s+)?view)\b/i;
/** What a table is called is no statement. */
const tableName = /^\s*(?:\w+(?:\[["'][\w.]+["']\])?\.)+_table\s*$/;
const depthMax = 10;

/** Tells the SQL that is handed to a cursor. */
export class ExecutedSql {
  readonly #place: Place;
  readonly #locals: LocalNames;

  constructor(place: Place, locals: LocalNames) {
    this.#place = place;
    this.#locals = locals;
  }

  /** Texts that it may be, with `%s` and `{}` where rows or names are put in; null: it isn't written here. */
  told(expression: Expression, depth = 0): readonly string[] | null {
    const text = known(expression, this.#place);
    if (typeof text === "string") return [text];
    if (depth > depthMax) return null;
    if (expression.kind === "name") return this.#ofName(expression.name, depth);
    if (expression.kind === "call") {
      const made = sqlObject.test(dottedName(expression.of) ?? "") ? expression.args[0] : undefined;
      if (made !== undefined) return this.#ofObject(made, expression.args.slice(1), depth);
    }
    const head = this.#head(expression);
    if (head === null) return null;
    return (certain.test(head) && !/;\s*\S/.test(head)) || this.#onlyTables(expression) ? [head] : null;
  }

  /** `query = "…"`, perhaps several times, perhaps with more added. */
  #ofName(name: string, depth: number): readonly string[] | null {
    const values = this.#locals.values(name);
    if (values === null || values === undefined) return null;
    const texts: string[] = [];
    for (const value of values.assigned) {
      const told = this.told(value, depth + 1);
      if (told === null || (values.added.length > 0 && !told.every((one) => certain.test(one)))) return null;
      texts.push(...told);
    }
    for (const value of values.added) {
      const more = known(value, this.#place);
      if (typeof more === "string" && more.includes(";")) return null;
    }
    return texts;
  }

  /** `SQL("… %s …", SQL.identifier(name))` */
  #ofObject(made: Argument, more: readonly Argument[], depth: number): readonly string[] | null {
    const told = made.star === "" ? this.told(made.value, depth + 1) : null;
    if (told === null || told.every((text) => certain.test(text))) return told;
    return more.every(({ star, value }) => star === "" && this.#isPart(value)) ? told : null;
  }

  #isPart(value: Expression): boolean {
    if (known(value, this.#place) !== undefined) return true;
    return value.kind === "call" && /(?:^|\.)(?:identifier|Identifier)$/.test(dottedName(value.of) ?? "");
  }

  /** `f"… {self._table} …"` and `"… %s …" % self._table` */
  #onlyTables({ from: first, to: last }: Expression): boolean {
    const { code, from, to } = this.#place.tokens;
    const parts = [];
    let at = first;
    for (; at < last && /^[rRuU]?[fF]?[rR]?["']/.test(code.slice(from[at], to[at])); at += 1) parts.push(code.slice(from[at], to[at]));
    const fields = parts
      .filter((part) => /^[rR]?[fF]/.test(part))
      .flatMap((part) => [...part.replaceAll(/\{\{|\}\}/g, "").matchAll(/\{([^{}]*)\}/g)].map(([, field = ""]) => field));
    if (parts.length === 0 || !fields.every((field) => tableName.test(field))) return false;
    if (at === last) return true;
    if (code.slice(from[at], to[at]) !== "%") return false;
    const rest = code.slice(from[at + 1], to[last - 1]).replace(/^\(([\s\S]*?),?\s*\)$/, "$1");
    return rest.split(",").every((one) => tableName.test(one));
  }

  /** What it begins with, when that is written out: of `"…" % x`, `"…".format(x)`, `f"…"`, `"…" + x`, `sql.SQL("…").format(x)`. */
  #head(expression: Expression): string | null {
    const { code, from, to } = this.#place.tokens;
    const raw = code.slice(from[expression.from], to[expression.to - 1]);
    const bare = raw.replace(/^[\s(]*(?:(?:\w+\.)?SQL\(\s*)?/, "");
    if (!/^[rRuUfF]{0,2}["']/.test(bare)) return null;
    const parts = [];
    for (let at = expression.from; at < expression.to; at += 1) {
      const text = code.slice(from[at], to[at]);
      if (/^[rRuUfF]{0,2}["']/.test(text)) parts.push(contentOf(text));
      else if (parts.length > 0) break;
    }
    return parts.join("");
  }
}

const sqlObject = /^(?:\w+\.)*SQL$/;
