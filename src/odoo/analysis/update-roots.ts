import type { MethodDeclaration, ModuleSource, Static } from "../../domain/release/module-source.ts";
import type { PythonClass, PythonStatement } from "../../domain/release/source-model.ts";
import type { Declared, Registry, RegistryModel } from "../../domain/release/registry.ts";
import { isController, isLoadStatement } from "./code-only-classes.ts";
import { isLoadTimeMethod, isPlainDecorator } from "./code-only-names.ts";
import type { Root } from "./code-only-reach.ts";
import { loadedPython, type PythonWorld } from "./code-only-world.ts";
import { isReflected } from "./reflected-attributes.ts";
import { writing, type WrittenModels } from "./written-models.ts";

export interface RootsQuestion {
  readonly world: PythonWorld;
  /** Modules of the release that are installed. */
  readonly own: readonly ModuleSource[];
  readonly registry: Registry;
  readonly written: WrittenModels;
}

/** Where code begins that an update runs: declarations that it reads, and methods as `<module>/<path>::<name>`. */
export interface UpdateRoots {
  readonly roots: readonly Root[];
  readonly methods: ReadonlySet<string>;
}

export function updateRoots(question: RootsQuestion): UpdateRoots {
  const methods = new Set(runMethods(question));
  return { roots: [...declarationRoots(question), ...bodies(question.world, methods), ...callRoots(question)], methods };
}

/** What Python runs when it loads files, and what Odoo writes down of models. */
function declarationRoots({ world, own }: RootsQuestion): Root[] {
  const models = new Set(
    own.flatMap(({ name, python }) => python.flatMap(({ file, classes }) => classes.map((one) => `${name}/${file}::${one.className}`))),
  );
  const statements = loadedPython(world).flatMap(([path, file]) =>
    file.statements.flatMap((statement): Root[] => {
      const decorated = [statement, ...(statement.kind === "class" ? statement.members : [])].flatMap((one) => decoratorRoots(path, one));
      // The parents of a plain class are looked at by Python alone, unless it is made by more than a body.
      const made = statement.kind === "class" && (models.has(`${path}::${statement.name}`) || hasMaker(statement));
      if (statement.kind === "class" && made && !isController(statement, file))
        return [{ path, why: `the class ${statement.name}`, text: statement.header, strings: [] }, ...decorated];
      if (statement.kind !== "class" && isLoadStatement(statement) && !runsAsProgram(statement))
        return [{ path, why: "a statement that runs when the file is loaded", text: statement, strings: [] }];
      return decorated;
    }),
  );
  return [...statements, ...own.flatMap(doubtfulRoots)];
}

/** `if __name__ == "__main__":` without an `else` does nothing in a file that is imported. */
function runsAsProgram({ kind, text }: Exclude<PythonStatement, PythonClass>): boolean {
  return kind === "other" && text.startsWith(ifProgram) && !/\u0001(?:else|elif)\u0001/.test(text);
}

const ifProgram = 'IfStatement(\u0001if\u0001BinaryExpression(\u0001__name__\u0001==\u0001"__main__"\u0001)\u0001Body(';

/** Decorators, a metaclass or other keywords run when the class is made. */
function hasMaker({ header }: PythonClass): boolean {
  return header.text.includes("Decorator(") || header.text.split("\u0001").includes("=");
}

function decoratorRoots(path: string, statement: PythonStatement): Root[] {
  if (statement.kind !== "function") return [];
  return statement.decorators
    .filter((one) => !isPlainDecorator(one))
    .map((one) => ({ path, why: `a decorator of ${statement.name}`, text: one, strings: [] }));
}

/** Values that Odoo writes down and that only running the code tells. */
function doubtfulRoots({ name, python }: ModuleSource): Root[] {
  return python.flatMap(({ file, classes }) =>
    classes.flatMap(({ attributes, fields, objects, className }) => {
      const values: readonly Static[] = [
        ...Object.values(attributes),
        ...objects.map(({ definition }) => definition),
        ...fields.flatMap((field) => Object.entries(field.attributes).flatMap(([key, value]) => (isReflected(key) ? [value] : []))),
      ];
      const words = values.flatMap((value) => (value.known ? [] : wordsOf(value.text)));
      if (words.length === 0) return [];
      return [{ path: `${name}/${file}`, why: `a declaration in ${className}`, text: { names: words, attributes: words }, strings: [] }];
    }),
  );
}

function wordsOf(text: string): string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? [];
}

function callRoots({ written }: RootsQuestion): Root[] {
  return written.calls.map(({ file, method, code }) => {
    const words = [method, ...wordsOf(code)];
    return { path: file, why: `the data file ${file}`, text: { names: words, attributes: words }, strings: [] };
  });
}

function bodies(world: PythonWorld, methods: ReadonlySet<string>): Root[] {
  return loadedPython(world).flatMap(([path, file]) =>
    file.statements.flatMap((statement) =>
      statement.kind !== "class"
        ? []
        : statement.members.flatMap((member): Root[] => {
            if (member.kind !== "function" || !methods.has(`${path}::${member.name}`)) return [];
            return [{ path, why: `${statement.name}.${member.name}, which an update runs,`, text: member, strings: [] }];
          }),
    ),
  );
}

function* runMethods({ own, registry, written }: RootsQuestion): Iterable<string> {
  const release = new Set(own.map(({ name }) => name));
  for (const [name, model] of registry.models) {
    const parts = [name, ...model.ancestors].flatMap((part) => registry.models.get(part) ?? []);
    const mine = methodsOf(parts, release);
    if (mine.size === 0) continue;
    const makesItself = !model.auto && model.type !== "abstract" && parts.some(({ methods }) => methods.has("init"));
    const calledByInit = callsOfInit(parts);
    const computes = storedComputes(model, parts, { written: written.models, registry });
    for (const [method, declared] of mine) {
      const overrides = (): boolean => parts.some((part) => part.methods.get(method)?.some(({ module }) => !release.has(module)) === true);
      const writes = (): boolean => writing.test(method) || computes.all.has(method) || overrides() || declared.some(isHook);
      const runs =
        isLoadTimeMethod(method) ||
        makesItself ||
        calledByInit.has(method) ||
        computes.triggered.has(method) ||
        ((written.spreads || written.models.has(name)) && writes());
      if (runs) for (const one of declared) yield place(one, method);
    }
  }
}

/** Called whenever a record is written or goes. */
function isHook({ decorators }: Declared & MethodDeclaration): boolean {
  return decorators.some(({ name }) => /(?:^|\.)(?:constrains|ondelete)$/.test(name));
}

/** Of all parts of a model: what modules of the release declare. */
function methodsOf(
  parts: readonly RegistryModel[],
  release: ReadonlySet<string>,
): ReadonlyMap<string, readonly (Declared & MethodDeclaration)[]> {
  const all = parts.flatMap(({ methods }) => [...methods]).flatMap(([name, declared]) => declared.map((one) => [name, one] as const));
  const mine = all.filter(([, { module }]) => release.has(module));
  return new Map([...Map.groupBy(mine, ([name]) => name)].map(([name, found]) => [name, found.map(([, one]) => one)]));
}

function place({ module, file }: Declared, method: string): string {
  return `${module}/${file}::${method}`;
}

/** Names that `init` and `_auto_init` call: Odoo runs them for every model that an updated module has a part of. */
function callsOfInit(parts: readonly RegistryModel[]): ReadonlySet<string> {
  const declared = parts.flatMap(({ methods }) => ["init", "_auto_init"].flatMap((name) => methods.get(name) ?? []));
  return new Set(declared.flatMap(({ runs }) => (runs?.calls ?? []).map((call) => call.slice(call.lastIndexOf(".") + 1))));
}

/** Methods that compute stored fields, and those of them that writing the data's records triggers. */
function storedComputes(
  model: RegistryModel,
  parts: readonly RegistryModel[],
  { written, registry }: { readonly written: ReadonlySet<string>; readonly registry: Registry },
): { readonly all: ReadonlySet<string>; readonly triggered: ReadonlySet<string> } {
  const all = new Set<string>();
  for (const { stored, attributes } of model.fields.values()) {
    const { compute } = attributes;
    if (stored !== false && compute?.known === true && typeof compute.value === "string") all.add(compute.value);
  }
  const triggered = [...all].filter((method) =>
    parts
      .flatMap(({ methods }) => methods.get(method) ?? [])
      .flatMap(({ decorators }) => decorators)
      .some(
        ({ name, args }) =>
          /(?:^|\.)depends$/.test(name) &&
          args.some((arg) => !arg.known || typeof arg.value !== "string" || passes(arg.value, model, written, registry)),
      ),
  );
  return { all, triggered: new Set(triggered) };
}

/** Does a path such as `group_ids.users` lead over a model that is written? */
function passes(path: string, model: RegistryModel, written: ReadonlySet<string>, registry: Registry): boolean {
  let at: RegistryModel | undefined = model;
  for (const part of path.split(".")) {
    const field = at?.fields.get(part);
    if (field === undefined) return true;
    if (field.comodel === null) return false;
    if (written.has(field.comodel)) return true;
    at = registry.models.get(field.comodel);
  }
  return false;
}
