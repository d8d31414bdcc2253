import type { PythonAssignment, PythonClass, PythonFile, PythonFunction, PythonStatement } from "../../domain/release/source-model.ts";
import { isPlainDecorator } from "./code-only-names.ts";

/** Calls of which making a constant is the only effect. */
const plainCalls =
  /^(?:_|_lt|LazyTranslate|logging\.getLogger|getLogger|re\.compile|frozenset|set|dict|list|tuple|str|int|float|bool|len|range|sorted|zip|enumerate|map|min|max|sum|namedtuple|collections\.namedtuple|OrderedDict|collections\.OrderedDict|timedelta|datetime\.timedelta|relativedelta|Decimal|os\.getenv|os\.environ\.get|os\.path\.(?:join|dirname|abspath|realpath)|Path|["'].*["']\.(?:join|split|format))$/s;

/** Sets names and does nothing else. */
function isPlainAssignment(statement: PythonAssignment): boolean {
  return statement.targets !== null && statement.calls.every((call) => plainCalls.test(call));
}

/** Runs something when its file is loaded, so that what it does can't be told. */
export function isLoadStatement(statement: PythonStatement): boolean {
  if (statement.kind === "assignment") return !isPlainAssignment(statement);
  return statement.kind === "other" && !statement.guardedImport;
}

export function isFieldOf(statement: PythonStatement): statement is PythonAssignment {
  return statement.kind === "assignment" && statement.calls.some((call) => /^(?:odoo\.)?fields\.[A-Z]/.test(call));
}

export function isTableObject(statement: PythonStatement): boolean {
  return statement.kind === "assignment" && statement.calls.some((call) => /(?:^|\.)(?:Constraint|Index|UniqueIndex)$/.test(call));
}

/** The names of models that a class may be a part of: all that it could be, since what they have in common counts. */
export interface ClassModels {
  readonly names: readonly string[];
  readonly inherits: readonly string[];
  /** A name isn't written out, so it could be any. */
  readonly unknown: boolean;
}

export function modelsOf(one: PythonClass): ClassModels {
  const named = attribute(one, "_name");
  const inherited = attribute(one, "_inherit");
  const inherits = [inherited?.literal ?? []].flat();
  const names =
    named === undefined
      ? typeof inherited?.literal === "string"
        ? [inherited.literal]
        : [derivedName(one.name)]
      : [named.literal ?? []].flat();
  return {
    names,
    inherits,
    unknown: (named !== undefined && typeof named.literal !== "string") || (inherited !== undefined && inherited.literal === null),
  };
}

function attribute(one: PythonClass, name: string): PythonAssignment | undefined {
  return one.members.findLast(
    (member): member is PythonAssignment => member.kind === "assignment" && member.targets?.includes(name) === true,
  );
}

/** As `MetaModel.__new__` does it for a class without `_name`. */
function derivedName(className: string): string {
  return className.replace(/(?<=[^_])([A-Z])/g, ".$1").toLowerCase();
}

export function methodsOf(one: PythonClass): PythonFunction[] {
  return one.members.filter((member) => member.kind === "function");
}

/** A controller answers web requests and leaves nothing in the database. Only what certainly is one counts. */
export function isController(one: PythonClass, file: PythonFile): boolean {
  if (one.bases.length === 0 || hasDecoratorOrKeyword(one) || !isInertBody(one)) return false;
  return one.bases.every((base) => isControllerBase(base, one, file));
}

function hasDecoratorOrKeyword({ header }: PythonClass): boolean {
  return header.text.includes("Decorator(") || header.text.split("\u0001").includes("=");
}

/** Has methods and plain values only, and none that Odoo's model machinery would look at. */
function isInertBody(one: PythonClass): boolean {
  return one.members.every((member) => {
    if (member.kind === "function") return isPlainFunction(member);
    if (member.kind === "assignment")
      return isPlainAssignment(member) && !isFieldOf(member) && !isTableObject(member) && !isModelAttribute(member);
    return isDocstring(member);
  });
}

/** Defining it runs nothing. */
export function isPlainFunction(one: PythonFunction): boolean {
  return one.decorators.every(isPlainDecorator) && !one.oddities.includes("a call that runs when the function is defined");
}

export function isDocstring(member: PythonStatement): boolean {
  return (
    member.kind === "other" && member.text.startsWith("ExpressionStatement(") && member.attributes.length === 0 && member.names.length === 0
  );
}

function isModelAttribute(member: PythonStatement): boolean {
  return (
    member.kind === "assignment" && member.targets?.some((name) => name === "_name" || name === "_inherit" || name === "_register") === true
  );
}

function isControllerBase(base: string, one: PythonClass, file: PythonFile): boolean {
  const first = base.split(".", 1)[0] ?? "";
  for (const statement of file.statements) {
    if (statement.kind !== "import") continue;
    const found = statement.imported.find((imported) => imported.as === first);
    if (found !== undefined) {
      if (statement.module === "odoo") return base === "http.Controller" && found.name === "http";
      if (statement.module === "odoo.http") return base === "Controller" && found.name === "Controller";
      return /^odoo\.addons\.\w+\.controllers?(?:\.|$)/.test(statement.module);
    }
    if (statement.binds === first && base === "odoo.http.Controller") return true;
  }
  return file.statements.some(
    (other) => other.kind === "class" && other !== one && other.name === base && other.line < one.line && isController(other, file),
  );
}

/** A class of plain Python that Odoo's model machinery never sees. */
export function isPlainClass(one: PythonClass): boolean {
  if (hasDecoratorOrKeyword(one) || !isInertBody(one)) return false;
  return one.bases.every((base) =>
    /^(?:object|\w*(?:Error|Exception|Warning)|(?:enum\.)?Enum|(?:typing\.)?(?:NamedTuple|TypedDict|Protocol))$/.test(base),
  );
}
