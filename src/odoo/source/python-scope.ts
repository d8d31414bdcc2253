import type { ParsedPython } from "./python-parser.ts";
import { namesIn, type ClassStatement, type Expression, type FunctionStatement, type Statement } from "./python-syntax.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

/** What the names of a file stand for. */
export interface FileScope {
  /** `odoo.addons.sale.models.order` */
  readonly dotted: string;
  readonly parsed: ParsedPython;
  /** Imported names with where they come from: `fields` → `odoo.fields`. */
  readonly imports: ReadonlyMap<string, string>;
  /** Modules that everything is imported from. */
  readonly stars: ReadonlySet<string>;
  readonly classes: ReadonlyMap<string, ClassStatement>;
  readonly functions: ReadonlyMap<string, FunctionStatement>;
  /** Functions that are defined more than once. */
  readonly rebound: ReadonlySet<string>;
  /** Names that are assigned exactly once and never changed; null: what they stand for can't be told. */
  readonly constants: ReadonlyMap<string, Expression | null>;
  /** `setattr(Rule, "global", field)` with `field.__set_name__(Rule, "global")`: a name that can't be written in a class. */
  readonly addedFields: ReadonlyMap<string, readonly AddedField[]>;
  /** Tokens of those `setattr`. */
  readonly fieldSetters: ReadonlySet<number>;
  /** The line of a token, from 1. */
  readonly line: (token: number) => number;
}

/** By the name of their class. */
export interface AddedField {
  /** Of the name; not yet known to be a text. */
  readonly name: Expression;
  readonly value: Expression;
}

export function fileScope(parsed: ParsedPython, dotted: string, isPackage: boolean): FileScope {
  const scope = {
    dotted,
    parsed,
    imports: new Map<string, string>(),
    stars: new Set<string>(),
    classes: new Map<string, ClassStatement>(),
    functions: new Map<string, FunctionStatement>(),
    rebound: new Set<string>(),
    constants: new Map<string, Expression | null>(),
  };
  bind(scope, parsed.statements, isPackage, false);
  for (const name of changedNames(parsed)) if (scope.constants.has(name)) scope.constants.set(name, null);
  return { ...scope, ...addedFields(parsed.statements), line: lineFinder(parsed.tokens) };
}

function lineFinder({ code, from }: Tokens): FileScope["line"] {
  let starts: number[] | null = null;
  return (token) => {
    starts ??= lineStarts(code);
    const offset = from[token] ?? code.length;
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function lineStarts(code: string): number[] {
  const starts = [0];
  for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function addedFields(statements: readonly Statement[]): Pick<FileScope, "addedFields" | "fieldSetters"> {
  const setters = new Map<string, number>();
  const named: { readonly className: string; readonly name: Expression; readonly value: Expression }[] = [];
  for (const statement of statements) {
    if (statement.kind !== "other" || statement.expression?.kind !== "call") continue;
    const { of, args, from } = statement.expression;
    const [owner, name] = args;
    if (owner?.value.kind !== "name" || name === undefined) continue;
    const className = owner.value.name;
    if (of.kind === "name" && of.name === "setattr") setters.set(className, from);
    if (of.kind === "attribute" && of.name === "__set_name__") named.push({ className, name: name.value, value: of.of });
  }
  const set = named.filter(({ className }) => setters.has(className));
  return {
    addedFields: Map.groupBy(set, ({ className }) => className),
    fieldSetters: new Set(set.flatMap(({ className }) => setters.get(className) ?? [])),
  };
}

interface Bindings {
  readonly dotted: string;
  readonly imports: Map<string, string>;
  readonly stars: Set<string>;
  readonly classes: Map<string, ClassStatement>;
  readonly functions: Map<string, FunctionStatement>;
  readonly rebound: Set<string>;
  readonly constants: Map<string, Expression | null>;
}

function bind(scope: Bindings, statements: readonly Statement[], isPackage: boolean, conditional: boolean): void {
  const constant = (name: string, value: Expression | null): void => {
    scope.constants.set(name, conditional || scope.constants.has(name) ? null : value);
  };
  for (const statement of statements) {
    if (statement.kind === "import") {
      if (statement.level === null) {
        for (const { name, as } of statement.names) {
          const root = name.split(".", 1)[0] ?? name;
          scope.imports.set(as ?? root, as === null ? root : name);
        }
        continue;
      }
      const module = absolute(scope.dotted, isPackage, statement.level, statement.module);
      if (statement.star) scope.stars.add(module);
      for (const { name, as } of statement.names) scope.imports.set(as ?? name, `${module}.${name}`);
    } else if (statement.kind === "class") scope.classes.set(statement.name, statement);
    else if (statement.kind === "function") {
      if (scope.functions.has(statement.name)) scope.rebound.add(statement.name);
      scope.functions.set(statement.name, statement);
    } else if (statement.kind === "assign") {
      const simple = statement.operator === "=" && statement.value !== null;
      for (const target of statement.targets)
        if (target.kind === "name" && simple) constant(target.name, statement.value);
        else if (statement.value !== null) for (const name of namesIn(target)) constant(name, null);
    } else if (statement.kind === "block") {
      for (const name of statement.binds) constant(name, null);
      for (const branch of statement.branches) bind(scope, branch, isPackage, true);
    }
  }
}

/** The module that an import names: `..models` in `odoo.addons.sale.wizard.x` is `odoo.addons.sale.models`. */
export function absolute(dotted: string, isPackage: boolean, level: number, module: string): string {
  if (level === 0) return module;
  const parts = dotted.split(".");
  const base = parts.slice(0, parts.length - (isPackage ? level - 1 : level)).join(".");
  return module === "" ? base : `${base}.${module}`;
}

const [dot, bracket, del, global] = kindsOf(". [ del global");
const changing = new Set(
  "append extend insert update add remove pop popitem clear sort reverse setdefault discard __setitem__ difference_update".split(" "),
);

/** Names at the beginning of a line that changes what they stand for, and those that a function declares as global. */
function changedNames({ tokens }: ParsedPython): Set<string> {
  const found = new Set<string>();
  const { code, kinds, from, to, count } = tokens;
  const text = (at: number): string => code.slice(from[at], to[at]);
  let first = true;
  for (let at = 0; at < count; at += 1) {
    const token = kinds[at] ?? 0;
    if (first && isName(token)) {
      if (kinds[at + 1] === dot && changing.has(text(at + 2))) found.add(text(at));
      if (kinds[at + 1] === bracket) found.add(text(at));
    }
    if (token === global) for (let name = at + 1; isName(kinds[name] ?? 0); name += 2) found.add(text(name));
    if (token === del) for (let name = at + 1; (kinds[name] ?? 0) > kind.dedent; name += 1) found.add(text(name));
    first = token <= kind.dedent && token >= kind.newline;
  }
  return found;
}
