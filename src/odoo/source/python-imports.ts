import type { SourceProblem, Unknown } from "../../domain/release/module-source.ts";
import type { PackageFiles } from "./python-package-files.ts";
import { absolute, type FileScope } from "./python-scope.ts";
import { importsInBody } from "./python-body.ts";
import type { ClassStatement, FunctionStatement, ImportStatement, Statement } from "./python-syntax.ts";

export interface ImportOrder {
  /** Files in the order in which Python has finished importing them. */
  readonly paths: readonly string[];
  /** Of other Odoo modules, with dots; sorted. */
  readonly elsewhere: readonly string[];
  readonly unknowns: readonly Unknown[];
  readonly problems: readonly SourceProblem[];
}

/** Python's own limit of nested calls allows fewer than two hundred imports inside of each other. */
const nestedMax = 200;

/** Follows the imports of a module's own files from its `__init__.py`. */
export function importOrder(files: PackageFiles): ImportOrder {
  const walk = new ImportWalk(files);
  walk.load(files.root, 0);
  walk.lazyImports();
  return { paths: walk.paths, elsewhere: [...walk.elsewhere].sort(), unknowns: walk.unknowns, problems: walk.problems };
}

type Import = Statement & ImportStatement;

function looksLikeModel({ args, body }: ClassStatement): boolean {
  return (
    args.length > 0 &&
    body.some(
      (one) => one.kind === "assign" && one.targets.some((target) => target.kind === "name" && /^_(?:name|inherit)$/.test(target.name)),
    )
  );
}

class ImportWalk {
  readonly paths: string[] = [];
  readonly elsewhere = new Set<string>();
  readonly unknowns: Unknown[] = [];
  readonly problems: SourceProblem[] = [];
  readonly #files: PackageFiles;
  readonly #visited = new Set<string>();

  readonly #lazy: { readonly statement: Statement & FunctionStatement; readonly path: string; readonly scope: FileScope }[] = [];

  constructor(files: PackageFiles) {
    this.#files = files;
  }

  /** Imports inside of functions happen when these run, or never; their files are left out. */
  lazyImports(): void {
    for (const { statement, path, scope } of this.#lazy) {
      for (const { dotted, at } of importsInBody(scope.parsed.tokens, statement.body)) {
        const module = absolute(scope.dotted, path.endsWith("__init__.py"), dotted.level, dotted.module);
        this.#elsewhere(module, dotted.names);
        const file = [module, ...dotted.names.map((name) => `${module}.${name}`)]
          .map((name) => this.#files.pathOf(name))
          .find((one) => one !== null && !this.#visited.has(one));
        if (file === undefined || file === null) continue;
        const line = scope.line(at);
        this.unknowns.push({ kind: "import-in-function", file: path, line, what: `${statement.name} imports ${file} when it runs.` });
      }
    }
  }

  /** Imports a module with the packages that it is in. */
  load(dotted: string, depth: number): void {
    const rest = dotted.slice(this.#files.root.length + 1);
    const names = rest === "" ? [] : rest.split(".");
    for (let length = 0; length <= names.length; length += 1) {
      const path = this.#files.pathOf([this.#files.root, ...names.slice(0, length)].join("."));
      if (path !== null) this.#file(path, depth);
    }
  }

  #file(path: string, depth: number): void {
    if (this.#visited.has(path)) return;
    if (depth > nestedMax) {
      this.unknowns.push({ kind: "imports-too-deep", file: path, line: 1, what: "Too many files import each other in a row." });
      return;
    }
    this.#visited.add(path);
    const scope = this.#files.scope(path);
    if (scope !== null) this.#statements(scope.parsed.statements, path, scope, null, depth);
    this.paths.push(path);
  }

  #statements(statements: readonly Statement[], path: string, scope: FileScope, block: string | null, depth: number): void {
    let model: string | null = null;
    for (const statement of statements) {
      const before = this.#visited.size;
      if (statement.kind === "class" && looksLikeModel(statement)) model = statement.name;
      if (statement.kind === "import") this.#import(statement, path, scope, block, depth);
      else if (statement.kind === "function") this.#lazy.push({ statement, path, scope });
      else if (statement.kind === "class") this.#statements(statement.body, path, scope, block, depth);
      else if (statement.kind === "block") {
        for (const [index, branch] of statement.branches.entries())
          if (!statement.typing || index > 0) this.#statements(branch, path, scope, statement.typing ? block : statement.word, depth);
      }
      if (model !== null && statement.kind !== "class" && this.#visited.size > before)
        this.unknowns.push({
          kind: "import-after-class",
          file: path,
          line: this.#line(statement, scope),
          what: `Files of the module are imported after the class ${model} is made, which comes before theirs then.`,
        });
    }
  }

  #import(statement: Import, path: string, scope: FileScope, block: string | null, depth: number): void {
    const { root } = this.#files;
    const own = (dotted: string): boolean => dotted === root || dotted.startsWith(`${root}.`);
    const before = this.#visited.size;
    if (statement.level === null) {
      for (const { name } of statement.names) this.#elsewhere(name, []);
      for (const { name } of statement.names) if (own(name)) this.#found(name, statement, path, scope, block, depth);
    } else {
      const module = absolute(scope.dotted, path.endsWith("__init__.py"), statement.level, statement.module);
      if (!own(module)) {
        this.#elsewhere(
          module,
          statement.names.map(({ name }) => name),
        );
        return;
      }
      if (statement.module !== "" || statement.level > 1) this.#found(module, statement, path, scope, block, depth);
      for (const { name } of statement.names) {
        if (this.#files.pathOf(`${module}.${name}`) !== null) this.load(`${module}.${name}`, depth + 1);
        else if (!this.#binds(module, name)) this.#missing(`${module}.${name}`, statement, path, scope, block);
      }
    }
    if (block !== null && this.#visited.size > before)
      this.unknowns.push({
        kind: "conditional-import",
        file: path,
        line: this.#line(statement, scope),
        what: `Files of the module are imported in "${block}", so they may not be there.`,
      });
  }

  /** With the names that are taken from it, which may be modules too. */
  #elsewhere(module: string, names: readonly string[]): void {
    if (!module.startsWith("odoo.addons.") || module.startsWith(`${this.#files.root}.`) || module === this.#files.root) return;
    this.elsewhere.add(module);
    for (const name of names) this.elsewhere.add(`${module}.${name}`);
  }

  #found(dotted: string, statement: Import, path: string, scope: FileScope, block: string | null, depth: number): void {
    if (this.#files.pathOf(dotted) === null && !this.#files.isFolder(dotted)) this.#missing(dotted, statement, path, scope, block);
    this.load(dotted, depth + 1);
  }

  /** A name that can't come from anywhere; unless it is only tried. */
  #missing(dotted: string, statement: Import, path: string, scope: FileScope, block: string | null): void {
    if (block !== null) return;
    const what = `It imports ${dotted}, which isn't in the module.`;
    this.problems.push({ kind: "python-import", file: path, line: this.#line(statement, scope), what });
  }

  #line(statement: Statement, scope: FileScope): number {
    return scope.line(statement.from);
  }

  #binds(module: string, name: string): boolean {
    if (this.#files.isFolder(`${module}.${name}`)) return true;
    const path = this.#files.pathOf(module);
    if (path === null) return false;
    const scope = this.#files.scope(path);
    if (scope === null || scope.stars.size > 0 || scope.functions.has("__getattr__")) return true;
    if (/^__\w+__$/.test(name)) return true;
    const imported = scope.imports.get(name);
    if (imported !== undefined && imported !== `${module}.${name}`) return true;
    return scope.classes.has(name) || scope.functions.has(name) || scope.constants.has(name);
  }
}
