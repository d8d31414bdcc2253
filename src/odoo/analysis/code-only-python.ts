import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { PythonClass, PythonFile, PythonFunction, PythonStatement } from "../../domain/release/source-model.ts";
import {
  isController,
  isDocstring,
  isFieldOf,
  isLoadStatement,
  isPlainClass,
  isTableObject,
  methodsOf,
  modelsOf,
} from "./code-only-classes.ts";
import { isLoadTimeMethod, isPlainDecorator } from "./code-only-names.ts";
import { breach } from "./code-only-world.ts";

const empty: PythonFile = { statements: [] };

/** What differs in a file of Python beyond the bodies of ordinary functions and controllers. */
export function pythonBreaches(
  path: string,
  before: PythonFile | undefined,
  after: PythonFile | undefined,
  loadModels: ReadonlySet<string>,
): CodeProofBreach[] {
  const [old, now] = [before ?? empty, after ?? empty];
  return [
    ...statementBreaches(path, old, now),
    ...functionBreaches(path, functionsOf(old), functionsOf(now)),
    ...classBreaches(path, old, now, loadModels),
  ];
}

function functionsOf(file: PythonFile): PythonFunction[] {
  return file.statements.filter((statement) => statement.kind === "function");
}

/** Statements that run when the file is loaded: a patch of other code, a class under a condition. */
function statementBreaches(path: string, old: PythonFile, now: PythonFile): CodeProofBreach[] {
  const found = firstDifference(old.statements.filter(isLoadStatement), now.statements.filter(isLoadStatement));
  if (found === null) return [];
  return [
    breach(
      "module-statement-changed",
      path,
      lineOf(found),
      "A statement that runs when the file is loaded is different; what it does can't be told.",
    ),
  ];
}

function functionBreaches(path: string, old: readonly PythonFunction[], now: readonly PythonFunction[]): CodeProofBreach[] {
  return changedFunctions(old, now).flatMap(({ name, versions }) => [
    ...oddityBreaches(path, name, versions),
    ...decoratorBreaches(path, name, versions),
  ]);
}

interface ChangedFunction {
  readonly name: string;
  /** The new one first; one of them when the other isn't there. */
  readonly versions: readonly PythonFunction[];
}

export function changedFunctions(old: readonly PythonFunction[], now: readonly PythonFunction[]): ChangedFunction[] {
  const names = [...new Set([...now, ...old].map((one) => one.name))];
  return names.flatMap((name) => {
    const [a, b] = [old.filter((one) => one.name === name), now.filter((one) => one.name === name)];
    const same = a.length === b.length && a.every((one, index) => one.text === b[index]?.text);
    return same ? [] : [{ name, versions: [...b, ...a] }];
  });
}

function oddityBreaches(path: string, name: string, versions: readonly PythonFunction[]): CodeProofBreach[] {
  const odd = versions.find((one) => one.oddities.length > 0);
  if (odd === undefined) return [];
  return [
    breach(
      "dynamic-code-changed",
      path,
      odd.line,
      `${name} is different and has in it what can change classes while the program runs: ${odd.oddities.join(", ")}.`,
    ),
  ];
}

function classBreaches(path: string, old: PythonFile, now: PythonFile, loadModels: ReadonlySet<string>): CodeProofBreach[] {
  const [had, has] = [numbered(old), numbered(now)];
  const changes = [...new Set([...has.keys(), ...had.keys()])].flatMap((key) => {
    const [a, b] = [had.get(key), has.get(key)];
    const controller = (a === undefined || isController(a, old)) && (b === undefined || isController(b, now));
    if (controller) return functionBreaches(path, a === undefined ? [] : methodsOf(a), b === undefined ? [] : methodsOf(b));
    if (a === undefined && b !== undefined) return [breach("class-added", path, b.line, `The class ${b.name} is new here.`)];
    if (b === undefined && a !== undefined) return [breach("class-removed", path, a.line, `The class ${a.name} is no longer here.`)];
    return a === undefined || b === undefined ? [] : oneClass(path, a, b, loadModels);
  });
  const order = (file: PythonFile): string =>
    classesOf(file)
      .filter((one) => !isController(one, file))
      .map((one) => one.name)
      .join();
  if (changes.length === 0 && order(old) !== order(now))
    return [breach("class-order-changed", path, null, "The classes of the file come in another order.")];
  return changes;
}

function classesOf(file: PythonFile): PythonClass[] {
  return file.statements.filter((statement) => statement.kind === "class");
}

function numbered(file: PythonFile): Map<string, PythonClass> {
  const counts = new Map<string, number>();
  return new Map(
    classesOf(file).map((one) => {
      const number = counts.get(one.name) ?? 0;
      counts.set(one.name, number + 1);
      return [`${one.name}#${number}`, one];
    }),
  );
}

function oneClass(path: string, old: PythonClass, now: PythonClass, loadModels: ReadonlySet<string>): CodeProofBreach[] {
  if (old.whole.text === now.whole.text) return [];
  return [
    ...(old.header.text === now.header.text
      ? []
      : [breach("class-header-changed", path, now.line, `The class ${now.name} has other bases, keywords or decorators.`)]),
    ...memberBreaches(path, old, now),
    ...methodBreaches(path, old, now, loadModels),
  ];
}

function memberBreaches(path: string, old: PythonClass, now: PythonClass): CodeProofBreach[] {
  const [a, b] = [declarationsOf(old), declarationsOf(now)];
  const found = differences(a, b);
  if (found.length === 0)
    return firstDifference(a, b) === null
      ? []
      : [breach("declaration-order-changed", path, now.line, `The declarations in ${now.name} come in another order.`)];
  const seen = new Set<string>();
  return found.flatMap((member) => {
    const { clause, what } = memberClause(member);
    if (seen.has(clause + what)) return [];
    seen.add(clause + what);
    return [breach(clause, path, lineOf(member), `${what} in the class ${now.name} is different.`)];
  });
}

/** What a class declares. The docstring of a class that is no model stays in the code. */
function declarationsOf(one: PythonClass): PythonStatement[] {
  return one.members.filter((member) => member.kind !== "function" && !(isDocstring(member) && isPlainClass(one)));
}

function memberClause(member: PythonStatement): { readonly clause: string; readonly what: string } {
  if (member.kind === "assignment") {
    const name = member.targets?.join(", ") ?? "A value";
    if (isTableObject(member)) return { clause: "table-object-changed", what: `The constraint or index ${name}` };
    if (isFieldOf(member)) return { clause: "field-declaration-changed", what: `The field ${name}` };
    if (name.startsWith("_")) return { clause: "underscore-attribute-changed", what: `The attribute ${name}` };
    return { clause: "class-attribute-changed", what: `The attribute ${name}` };
  }
  if (
    member.kind === "other" &&
    member.text.startsWith("ExpressionStatement(") &&
    member.attributes.length === 0 &&
    member.names.length === 0
  )
    return { clause: "class-docstring-changed", what: "The description, which Odoo keeps in the database," };
  return { clause: "class-statement-changed", what: "A statement" };
}

function methodBreaches(path: string, old: PythonClass, now: PythonClass, loadModels: ReadonlySet<string>): CodeProofBreach[] {
  const changed = changedFunctions(methodsOf(old), methodsOf(now));
  if (changed.length === 0) return [];
  const plain = isPlainClass(old) && isPlainClass(now);
  const models = [modelsOf(old), modelsOf(now)];
  const touched = plain ? undefined : [...new Set(models.flatMap((one) => one.names))].find((name) => loadModels.has(name));
  const unknown = models.some((one) => one.unknown);
  const declared = new Set(
    [old, now].flatMap((one) => one.members.flatMap((member) => (member.kind === "assignment" ? (member.targets ?? []) : []))),
  );
  return changed.flatMap(({ name, versions }) => {
    const line = versions[0]?.line ?? now.line;
    const method = `The method ${name} of ${now.name}`;
    return [
      ...oddityBreaches(path, `${now.name}.${name}`, versions),
      ...(!plain && isLoadTimeMethod(name)
        ? [breach("load-time-method-changed", path, line, `${method} is different, and Odoo calls it when it loads modules.`)]
        : []),
      ...(touched === undefined
        ? []
        : [
            breach(
              "load-time-model-changed",
              path,
              line,
              `${method} is different, and the model ${touched} runs code of its own when Odoo loads modules.`,
            ),
          ]),
      ...(unknown
        ? [breach("model-name-unknown", path, line, `${method} is different, and the model that it belongs to isn't written out.`)]
        : []),
      ...(declared.has(name)
        ? [breach("declaration-shadowed", path, line, `${method} has the name of something that the class declares.`)]
        : []),
      ...decoratorBreaches(path, `${now.name}.${name}`, versions),
    ];
  });
}

/** An unknown decorator gets the function and may do anything with it, so its body counts. */
function decoratorBreaches(path: string, name: string, versions: readonly PythonFunction[]): CodeProofBreach[] {
  const odd = versions.find((one) => !one.decorators.every(isPlainDecorator));
  if (odd === undefined) return [];
  return [breach("unknown-decorator", path, odd.line, `${name} is different and has a decorator whose effect isn't known.`)];
}

function differences(a: readonly PythonStatement[], b: readonly PythonStatement[]): PythonStatement[] {
  const [old, now] = [a.map(statementText), b.map(statementText)];
  return [...b.filter((one) => count(now, one) !== count(old, one)), ...a.filter((one) => !now.includes(statementText(one)))];
}

function count(texts: readonly string[], one: PythonStatement): number {
  const text = statementText(one);
  return texts.filter((other) => other === text).length;
}

function firstDifference(a: readonly PythonStatement[], b: readonly PythonStatement[]): PythonStatement | null {
  const at = b.findIndex((one, index) => statementText(one) !== (a[index] === undefined ? null : statementText(a[index])));
  if (at !== -1) return b[at] ?? null;
  return a[b.length] ?? null;
}

function statementText(statement: PythonStatement): string {
  return statement.kind === "class" ? statement.whole.text : statement.text;
}

function lineOf(statement: PythonStatement): number {
  return statement.line;
}
