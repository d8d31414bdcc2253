import { PythonFault } from "./python-fault.ts";
import { StatementParser } from "./python-statement.ts";
import type { Statement } from "./python-syntax.ts";
import { tokenize, type Tokens } from "./python-tokens.ts";

/** A file, parsed; `syntax` only where it matters to a reader: bodies of functions are tokens. */
export interface ParsedPython {
  readonly tokens: Tokens;
  readonly statements: readonly Statement[];
}

/** Larger files are nothing that people wrote; the largest of Odoo 19 has 0.3 MB. */
export const charactersMax: number = 4 * 1024 * 1024;

/**
 * Parses what a file declares. Bodies of functions are passed over, unless `whole`: then they are checked too.
 *
 * @throws PythonFault
 */
export function parsePythonText(text: string, whole = false): ParsedPython {
  const code = normalised(text);
  const tokens = tokenize(code);
  return { tokens, statements: new StatementParser(tokens, whole).file() };
}

function normalised(text: string): string {
  const code = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return code.includes("\r") ? code.replace(/\r\n?/g, "\n") : code;
}

/** The first thing in a file that CPython would refuse, function bodies included; null: there is none. */
export function checkPythonSyntax(text: string): { readonly line: number; readonly what: string } | null {
  if (text.length > charactersMax) return { line: 1, what: `It has ${text.length} characters, more than ${charactersMax}.` };
  try {
    parsePythonText(text, true);
    return null;
  } catch (error) {
    if (!(error instanceof PythonFault)) throw error;
    return { line: faultLine(text, error), what: error.message };
  }
}

/** From 1. */
export function faultLine(text: string, { offset }: PythonFault): number {
  const code = normalised(text);
  let line = 1;
  for (let at = code.indexOf("\n"); at !== -1 && at < offset; at = code.indexOf("\n", at + 1)) line += 1;
  return line;
}
