import { isName, isWord, kind, kindsOf } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

const [open, close, bracket, unbracket, brace, unbrace, comma, colon] = kindsOf("( ) [ ] { } , :");
const [newline, indent, dedent] = ["\n", "\u0001", "\u0002"];

/**
 * Tokens as text: equal for code that differs only in comments, line breaks, indentation, kind of quotes, or a comma that ends a list. Words
 * are kept apart by a blank; nothing else needs one to be told apart.
 */
export function normalText(tokens: Tokens, from: number, to: number): string {
  const { code, kinds, from: starts, to: ends } = tokens;
  const lists: boolean[] = [];
  let text = "";
  let before = 0;
  for (let at = from; at < to; at += 1) {
    const token = kinds[at] ?? kind.end;
    if (token === kind.newline) text += newline;
    else if (token === kind.indent) text += indent;
    else if (token === kind.dedent) text += dedent;
    else if (token === comma) {
      const next = kinds[at + 1];
      if (lists.at(-1) !== true || (next !== close && next !== unbracket && next !== unbrace)) text += ", ";
    } else {
      if (token === open || token === bracket || token === brace) {
        const called = isName(before) || before === close || before === unbracket;
        lists.push(token === open ? called : !called || token === brace);
      } else if (token === close || token === unbracket || token === unbrace) lists.pop();
      if (isTight(token) && isTight(before)) text += " ";
      const start = starts[at] ?? 0;
      const end = ends[at] ?? 0;
      text += token === kind.string ? plainQuotes(code.slice(start, end)) : code.slice(start, end);
      if (token === colon && kinds[at + 1] !== kind.newline && at + 1 < to) text += " ";
    }
    before = token;
  }
  return text;
}

/** Needs a blank before another of its kind. */
function isTight(token: number): boolean {
  return token === kind.number || token === kind.string || isWord(token);
}

/** The same for `'a'` and `"a"`. */
function plainQuotes(text: string): string {
  if (text.charCodeAt(0) !== 39 || text.startsWith("'''")) return text;
  const body = text.slice(1, -1);
  return body.includes('"') || body.includes("\\") ? text : `"${body}"`;
}
