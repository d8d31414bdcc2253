import type { FunctionDeclaration, ImportedCall, Static } from "../../domain/release/module-source.ts";
import { callsIn, sqlIn } from "./python-body.ts";
import { ExpressionParser } from "./python-expression.ts";
import { PythonFault } from "./python-fault.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";
import { localImports, LocalNames } from "./python-locals.ts";
import { normalText } from "./python-normal.ts";
import type { PackageNames } from "./python-names.ts";
import type { FileScope } from "./python-scope.ts";
import { ExecutedSql } from "./python-sql.ts";
import { staticValue, type Place } from "./python-static.ts";
import type { Argument, FunctionStatement } from "./python-syntax.ts";
import type { Tokens } from "./python-tokens.ts";

type Runs = Pick<FunctionDeclaration, "calls" | "sql" | "imported" | "unclear">;

const [open, close, unbracket, dot] = kindsOf("( ) ] .");
/** Where the statement stands among the arguments. */
const executes: ReadonlyMap<string, number> = new Map([
  ["execute", 0],
  ["executemany", 0],
  ["execute_query", 0],
  ["execute_query_dict", 0],
  ["execute_values", 1],
  ["execute_batch", 1],
  ["logged_query", 1],
]);
/** Functions of these are understood by their arguments. */
const understood = /^openupgradelib\./;
const shownMax = 80;
const unclearMax = 20;
/** Whose arguments are looked at, of one function. */
const calledMax = 500;

/** What a function does when it runs, as far as its text tells. */
export function runsOf(statement: FunctionStatement, scope: FileScope, names: PackageNames): Runs {
  const { tokens } = scope.parsed;
  const { body } = statement;
  const calls = callsIn(tokens, body);
  const sql = new Set(sqlIn(tokens, body));
  const imports = new Map([...scope.imports, ...localImports(tokens, body)]);
  const imported = calls.flatMap((name): ImportedCall[] => {
    const [root = "", ...rest] = name.split(".");
    const from = imports.get(root);
    if (from === undefined || understood.test(from)) return [];
    return [
      { name, origin: imports.get(root) === scope.imports.get(root) ? (names.originOf(scope, name) ?? from) : [from, ...rest].join(".") },
    ];
  });
  const unclear = new Set<string>();
  const reader = new RunReader(statement, scope, names, { imports, sql, imported, unclear });
  for (let at = body.from; at < body.to; at += 1) reader.token(at);
  return {
    calls,
    sql: [...sql],
    ...(imported.length > 0 ? { imported } : {}),
    ...(unclear.size > 0 ? { unclear: [...unclear] } : {}),
  };
}

interface Found {
  readonly imports: ReadonlyMap<string, string>;
  readonly sql: Set<string>;
  readonly imported: ImportedCall[];
  readonly unclear: Set<string>;
}

class RunReader {
  readonly #tokens: Tokens;
  readonly #found: Found;
  readonly #executed: ExecutedSql;
  readonly #place: Place;
  #unclearCount = 0;
  #called = 0;

  constructor(statement: FunctionStatement, scope: FileScope, names: PackageNames, found: Found) {
    this.#tokens = scope.parsed.tokens;
    this.#found = found;
    const locals = new LocalNames(this.#tokens, statement);
    this.#place = locals.place(names.place(scope));
    this.#executed = new ExecutedSql(this.#place, locals);
  }

  token(at: number): void {
    const { kinds } = this.#tokens;
    const token = kinds[at] ?? 0;
    if (token === open) {
      const before = kinds[at - 1];
      if (before === close || before === unbracket) this.#unclear(at - 1, at + 1);
      return;
    }
    if (!isName(token)) return;
    const name = this.#text(at);
    const statementAt = executes.get(name);
    // `run = cr.execute`: whoever calls it by another name isn't seen.
    if (statementAt !== undefined && kinds[at - 1] === dot && kinds[at + 1] !== open) this.#unclear(at - 1, at + 1);
    if (kinds[at + 1] !== open) return;
    const origin = this.#origin(at);
    const isUnderstood = origin !== null && understood.test(origin);
    if (statementAt === undefined && !isUnderstood) return;
    this.#called += 1;
    if (this.#called > calledMax) {
      this.#unclear(at, at + 1);
      return;
    }
    const args = this.#args(at + 1);
    if (isUnderstood) this.#found.imported.push(this.#call(at, origin, args));
    if (statementAt !== undefined) this.#execute(at, args, statementAt);
  }

  #execute(at: number, args: readonly Argument[] | null, statementAt: number): void {
    const written = args?.find(({ keyword }) => keyword === "query" || keyword === "sql") ?? args?.[statementAt];
    const told = written === undefined || written.star !== "" ? null : this.#executed.told(written.value);
    if (told === null) this.#unclear(this.#first(at), this.#end(at + 1));
    else for (const text of told) this.#found.sql.add(text.trim());
  }

  #call(at: number, origin: string, args: readonly Argument[] | null): ImportedCall {
    const name = normalText(this.#tokens, this.#first(at), at + 1);
    const values = (args ?? []).map(({ keyword, star, value }): Static => {
      const one = staticValue(value, this.#place);
      return keyword === null && star === "" ? one : { known: false, text: "" };
    });
    return { name, origin, args: args === null ? [{ known: false, text: "" }] : values };
  }

  /** null: its arguments are nothing that Python reads. */
  #args(at: number): readonly Argument[] | null {
    const parser = new ExpressionParser(this.#tokens);
    parser.at = at + 1;
    try {
      return parser.args();
    } catch (error) {
      if (error instanceof PythonFault) return null;
      throw error;
    }
  }

  #origin(at: number): string | null {
    const path = normalText(this.#tokens, this.#first(at), at + 1).split(".");
    const from = this.#found.imports.get(path[0] ?? "");
    return from === undefined ? null : [from, ...path.slice(1)].join(".");
  }

  /** Where the name with dots begins that ends here. */
  #first(at: number): number {
    const { kinds } = this.#tokens;
    let first = at;
    while (kinds[first - 1] === dot && isName(kinds[first - 2] ?? 0)) first -= 2;
    return first;
  }

  #end(at: number): number {
    const { kinds } = this.#tokens;
    let end = at;
    while ((kinds[end] ?? kind.end) !== kind.end && kinds[end] !== kind.newline) end += 1;
    return end;
  }

  #unclear(from: number, to: number): void {
    this.#unclearCount += 1;
    if (this.#unclearCount > unclearMax) return;
    this.#found.unclear.add(normalText(this.#tokens, from, Math.min(to, from + shownMax)).slice(0, shownMax));
  }

  #text(at: number): string {
    return this.#tokens.code.slice(this.#tokens.from[at], this.#tokens.to[at]);
  }
}
