import { kindOf, kindsOf } from "./python-kinds.ts";
import type { FunctionStatement } from "./python-syntax.ts";
import type { Tokens } from "./python-tokens.ts";

/** Calls that go past Odoo's access rights, or run a text as SQL or Python. */
const names = ["sudo", "with_user", "execute", "execute_query", "execute_query_dict", "executemany", "eval", "exec", "safe_eval"];
const kinds = new Map(names.map((name) => [kindOf(name), name]));
const [open] = kindsOf("(");

/** @returns what stands in a declaration as `powers`: nothing where there are none */
export function powersOf(tokens: Tokens, body: FunctionStatement["body"]): { readonly powers?: readonly string[] } {
  let found: Set<string> | null = null;
  for (let at = body.from; at < body.to; at += 1) {
    const name = tokens.kinds[at + 1] === open ? kinds.get(tokens.kinds[at] ?? 0) : undefined;
    if (name !== undefined) (found ??= new Set()).add(name);
  }
  return found === null ? {} : { powers: [...found].sort() };
}
