import { PythonFault } from "./python-fault.ts";

/** Fields of format strings inside of each other; CPython stops at 150. */
const fieldsMax = 100;

/**
 * The end of a string literal. A format string is read as Python 3.12 does, which allows its own quotes in its braces; that takes every
 * string of older versions to the same end.
 *
 * @param start of the prefix
 * @param quote of the first quote
 * @throws PythonFault when it isn't closed
 */
export function scanString(code: string, start: number, quote: number, depth: number): number {
  const format = /[fFtT]/.test(code.slice(start, quote));
  const char = code.charCodeAt(quote);
  const triple = code.charCodeAt(quote + 1) === char && code.charCodeAt(quote + 2) === char;
  let at = quote + (triple ? 3 : 1);
  for (;;) {
    const next = code.charCodeAt(at);
    if (next === char && (!triple || (code.charCodeAt(at + 1) === char && code.charCodeAt(at + 2) === char))) return at + (triple ? 3 : 1);
    if (at >= code.length || (next === 10 && !triple))
      throw new PythonFault(triple ? "unterminated triple-quoted string literal" : "unterminated string literal", start);
    if (next === 92) at += 2;
    else if (format && next === 123 && code.charCodeAt(at + 1) === 123) at += 2;
    else if (format && next === 123) at = scanField(code, at + 1, start, triple ? -1 : char, depth + 1);
    else at += 1;
  }
}

/** Behind the brace that closes a replacement field. */
function scanField(code: string, from: number, string: number, quote: number, depth: number): number {
  if (depth > fieldsMax) throw new PythonFault("f-string: expressions nested too deeply", string);
  let brackets = 0;
  let at = from;
  while (at < code.length) {
    const char = code.charCodeAt(at);
    if (char === 125 && brackets === 0) return at + 1;
    if (char === 58 && brackets === 0) return scanFormat(code, at + 1, string, quote, depth);
    if (char === 40 || char === 91 || char === 123) brackets += 1;
    else if (char === 41 || char === 93 || char === 125) brackets -= 1;
    if (char === 35) at = code.indexOf("\n", at) === -1 ? code.length : code.indexOf("\n", at);
    else if (char === 34 || char === 39) at = scanString(code, prefixStart(code, at, from), at, depth);
    else at += 1;
  }
  throw new PythonFault("f-string: expecting '}'", string);
}

/** What stands behind the colon may have fields of its own. */
function scanFormat(code: string, from: number, string: number, quote: number, depth: number): number {
  let at = from;
  while (at < code.length) {
    const char = code.charCodeAt(at);
    if (char === 125) return at + 1;
    if (char === 123) at = scanField(code, at + 1, string, quote, depth + 1);
    else if (char === quote || (char === 10 && quote !== -1)) break;
    else at += 1;
  }
  throw new PythonFault("f-string: expecting '}'", string);
}

function prefixStart(code: string, quote: number, from: number): number {
  let at = quote;
  while (at > from && quote - at < 2 && /[A-Za-z]/.test(code.charAt(at - 1))) at -= 1;
  return at;
}
