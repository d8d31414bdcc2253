import type { Place } from "./python-static.ts";
import type { FileScope } from "./python-scope.ts";
import { dottedName, type ClassStatement, type Expression, type FunctionStatement } from "./python-syntax.ts";

/** What a name with dots leads to inside of a package. */
export type Meaning =
  | { readonly kind: "class"; readonly scope: FileScope; readonly statement: ClassStatement }
  | { readonly kind: "function"; readonly scope: FileScope; readonly statement: FunctionStatement }
  | { readonly kind: "constant"; readonly scope: FileScope; readonly expression: Expression | null };

const followMax = 20;
/** Of the name of a file with the folders that it is in. */
const partsMax = 50;
/** Nobody imports everything from more modules than this. */
const starsMax = 50;

/** Follows names through the files of one package. */
export class PackageNames {
  readonly #scopeOf: (dotted: string) => FileScope | null;

  /** @param scopeOf the file of a Python module by its dotted name; null: it isn't of this package, or can't be read */
  constructor(scopeOf: (dotted: string) => FileScope | null) {
    this.#scopeOf = scopeOf;
  }

  /** Where an expression comes from: `fields.Char` → `odoo.fields.Char`; null: it is no name, or a name that nothing explains. */
  origin(scope: FileScope, expression: Expression): string | null {
    const name = dottedName(expression);
    return name === null ? null : this.originOf(scope, name);
  }

  originOf(scope: FileScope, name: string): string | null {
    const [root = "", ...rest] = name.split(".");
    const imported = scope.imports.get(root);
    if (imported !== undefined) return this.#outside([imported, ...rest].join("."), 0);
    if (scope.classes.has(root) || scope.functions.has(root) || scope.constants.has(root)) return `${scope.dotted}.${name}`;
    if (scope.stars.size > starsMax) return null;
    for (const star of scope.stars) {
      const file = this.#scopeOf(star);
      if (file === null) continue;
      if (file.imports.has(root) || file.classes.has(root) || file.constants.has(root)) return this.#outside(`${star}.${name}`, 0);
    }
    return null;
  }

  /** Where a name leads that other files of the package only pass on. */
  #outside(origin: string, depth: number): string {
    const found = this.#file(origin);
    if (found === null || depth > followMax) return origin;
    const [root = "", ...rest] = found.rest;
    const imported = found.scope.imports.get(root);
    if (imported === undefined || found.scope.classes.has(root)) return origin;
    const next = [imported, ...rest].join(".");
    return next === origin ? origin : this.#outside(next, depth + 1);
  }

  /** The file that a dotted name begins with, and what is left of the name. */
  #file(origin: string): { readonly scope: FileScope; readonly rest: readonly string[] } | null {
    const parts = origin.split(".");
    for (let length = Math.min(parts.length, partsMax); length >= 3; length -= 1) {
      const scope = this.#scopeOf(parts.slice(0, length).join("."));
      if (scope !== null) return { scope, rest: parts.slice(length) };
    }
    return null;
  }

  meaning(origin: string | null): Meaning | null {
    if (origin === null) return null;
    const found = this.#file(origin);
    const [name, ...rest] = found?.rest ?? [];
    if (found === null || name === undefined) return null;
    const { scope } = found;
    const statement = scope.classes.get(name);
    if (statement !== undefined) return rest.length === 0 ? { kind: "class", scope, statement } : null;
    const called = scope.functions.get(name);
    if (called !== undefined) return rest.length === 0 ? { kind: "function", scope, statement: called } : null;
    const expression = scope.constants.get(name);
    return expression === undefined || rest.length > 0 ? null : { kind: "constant", scope, expression };
  }

  place(scope: FileScope): Place {
    const place: Place = {
      tokens: scope.parsed.tokens,
      lookUp: (name) => {
        // Also of files that nothing can import: migration scripts.
        const own = scope.imports.has(name) || scope.classes.has(name) || scope.functions.has(name) ? undefined : scope.constants.get(name);
        if (own !== undefined) return own === null ? null : { expression: own, place };
        const meaning = this.meaning(this.originOf(scope, name));
        if (meaning?.kind !== "constant" || meaning.expression === null) return null;
        return { expression: meaning.expression, place: this.place(meaning.scope) };
      },
    };
    return place;
  }
}
