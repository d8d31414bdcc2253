/** Expressions as far as their value may matter; `from` and `to` are indices of tokens, `to` behind the last. */
export type Expression = { readonly from: number; readonly to: number } & (
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "number"; readonly at: number }
  /** Adjacent strings are one; the parts are tokens. */
  | { readonly kind: "string"; readonly parts: readonly number[] }
  | { readonly kind: "constant"; readonly value: boolean | null }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "call"; readonly of: Expression; readonly args: readonly Argument[] }
  | { readonly kind: "list" | "tuple" | "set"; readonly items: readonly Expression[] }
  /** Without a key: `**mapping`. */
  | { readonly kind: "dict"; readonly entries: readonly { readonly key: Expression | null; readonly value: Expression }[] }
  | { readonly kind: "sum"; readonly items: readonly Expression[] }
  | { readonly kind: "negative"; readonly of: Expression }
  | { readonly kind: "star"; readonly of: Expression }
  | { readonly kind: "subscript"; readonly of: Expression }
  /** Everything else; of a lambda only that it is one. */
  | { readonly kind: "other"; readonly lambda: boolean }
);

export interface Argument {
  readonly keyword: string | null;
  readonly star: "" | "*" | "**";
  readonly value: Expression;
}

export interface Parameter {
  /** `*args`, `**kwargs`; `*` and `/` alone are their own. */
  readonly name: string;
  readonly fallback: Expression | null;
}

export type Statement = { readonly from: number; readonly to: number } & (
  | ImportStatement
  | AssignStatement
  | FunctionStatement
  | ClassStatement
  | BlockStatement
  | { readonly kind: "other"; readonly expression: Expression | null }
);

export interface ImportStatement {
  readonly kind: "import";
  /** Of `from … import`: leading dots; null: `import …`. */
  readonly level: number | null;
  readonly module: string;
  /** Of `import a.b as c` one name, the whole path. */
  readonly names: readonly { readonly name: string; readonly as: string | null }[];
  readonly star: boolean;
}

export interface AssignStatement {
  readonly kind: "assign";
  readonly targets: readonly Expression[];
  readonly operator: string;
  /** null: only annotated. */
  readonly value: Expression | null;
}

export interface FunctionStatement {
  readonly kind: "function";
  readonly name: string;
  /** Token of the name. */
  readonly at: number;
  readonly decorators: readonly Expression[];
  readonly parameters: readonly Parameter[];
  /** Tokens. */
  readonly body: { readonly from: number; readonly to: number };
}

export interface ClassStatement {
  readonly kind: "class";
  readonly name: string;
  readonly at: number;
  readonly decorators: readonly Expression[];
  readonly args: readonly Argument[];
  readonly body: readonly Statement[];
}

/** `if`, `for`, `while`, `try`, `with`, `match`, with the statements of all its branches. */
export interface BlockStatement {
  readonly kind: "block";
  readonly word: string;
  /** The first branch never runs: `if TYPE_CHECKING:`. */
  readonly typing: boolean;
  readonly branches: readonly (readonly Statement[])[];
  /** What it names: targets of `for` and `with`. */
  readonly binds: readonly string[];
}

/** Names that a target binds. */
export function namesIn(target: Expression): string[] {
  if (target.kind === "name") return [target.name];
  if (target.kind === "star") return namesIn(target.of);
  return target.kind === "tuple" || target.kind === "list" ? target.items.flatMap(namesIn) : [];
}

/** `a.b.c`; null: it is something else. */
export function dottedName(expression: Expression): string | null {
  const parts: string[] = [];
  let at = expression;
  for (; at.kind === "attribute"; at = at.of) parts.unshift(at.name);
  return at.kind === "name" ? [at.name, ...parts].join(".") : null;
}
