import type { ModelClass, Static } from "../../domain/release/module-source.ts";
import { fieldType } from "./declarations-fields.ts";
import { classPlace, membersOf, type Member } from "./declarations-members.ts";
import type { PackageNames } from "./python-names.ts";
import type { FileScope } from "./python-scope.ts";
import { normalText } from "./python-normal.ts";
import { known, textOf } from "./python-static.ts";
import type { ClassStatement, Expression } from "./python-syntax.ts";
import { MemberReader, staticMember, type Reading } from "./declarations-model-members.ts";

const types: Readonly<Record<string, ModelClass["type"]>> = {
  Model: "model",
  AbstractModel: "abstract",
  BaseModel: "abstract",
  TransientModel: "transient",
};

/** Frameworks of addons whose classes look like models and aren't: they have no fields of Odoo's. */
const otherFrameworks = /^odoo\.addons\.(?:component|component_event|datamodel|extendable|graphql_base|base_rest)\.|\.components?\./;

const depthMax = 20;

/** null: no model; undefined: its base can't be found. */
export function modelType(
  statement: ClassStatement,
  scope: FileScope,
  names: PackageNames,
  depth = 0,
): ModelClass["type"] | null | undefined {
  if (depth > depthMax) return undefined;
  let found: ModelClass["type"] | null | undefined = null;
  for (const { keyword, value } of statement.args) {
    if (keyword !== null) continue;
    const origin = names.origin(scope, value);
    const [, odoo = ""] = /^odoo\.(?:models|orm\.models(?:_transient)?)\.(\w+)$/.exec(origin ?? "") ?? [];
    const type = types[odoo];
    if (type !== undefined) return type;
    const meaning = names.meaning(origin);
    const own = meaning?.kind === "class" ? modelType(meaning.statement, meaning.scope, names, depth + 1) : null;
    if (own !== null && own !== undefined) return own;
    const hidden = meaning === null && (origin === null || (origin.startsWith("odoo.addons.") && !otherFrameworks.test(origin)));
    if (own === undefined || (hidden && !isBuiltin(value, scope))) found = undefined;
  }
  return found;
}

function isBuiltin(value: Expression, scope: FileScope): boolean {
  return value.kind === "name" && scope.stars.size === 0 && !scope.imports.has(value.name);
}

/** A class as Odoo registers it; null: it is no model. */
export function modelClass(statement: ClassStatement, reading: Reading): ModelClass | null {
  const { scope, names } = reading;
  const told = modelType(statement, scope, names);
  const members = membersOf(statement.body);
  const hasFields = hasField(members, reading);
  // A base of another library or framework might be a model all the same.
  const mayBe = told === null && statement.args.length > 0 && hasFields && ["_name", "_inherit"].some((name) => members.has(name));
  const found = mayBe ? undefined : told;
  if (found === null) return null;
  for (const { name, value } of scope.addedFields.get(statement.name) ?? []) {
    const [written, constant] = [known(name, names.place(scope)), value.kind === "name" ? scope.constants.get(value.name) : value];
    if (typeof written !== "string" || constant === undefined || constant === null) continue;
    members.set(written, {
      name: written,
      at: value.from,
      value: { kind: "value", expression: constant },
      conditional: false,
      within: value,
    });
  }
  if (found === undefined && !hasFields && !["_name", "_inherit"].some((name) => members.has(name))) return null;
  const place = classPlace(members, names.place(scope));
  const attribute = (name: string): Static | null => staticMember(members.get(name), place);
  const register = attribute("_register");
  if (register?.known === true && !truth(register)) return null;
  if (found === undefined)
    reading.unknown(
      "unresolved-base",
      statement.at,
      `The class ${statement.name} has a base that isn't in this module.`,
      classText(statement, reading),
    );
  headUnknowns(statement, reading);
  const inherit = inheritOf(attribute("_inherit"), statement, reading);
  const read = new MemberReader(reading, place, members, statement.name);
  for (const member of members.values()) read.member(member);
  const delegates = read.fields.flatMap(({ name, attributes }) => {
    const [delegate, comodel] = [attributes["delegate"], attributes["comodel_name"]];
    return delegate?.known === true && truth(delegate) && comodel?.known === true && typeof comodel.value === "string"
      ? [[comodel.value, name] as const]
      : [];
  });
  return {
    file: reading.file,
    line: reading.line(statement.at),
    className: statement.name,
    bases: statement.args.filter(({ keyword }) => keyword === null).map(({ value }) => textOf(value, place)),
    type: ownType(found ?? "unknown", attribute("_abstract"), attribute("_transient")),
    name: nameOf(attribute("_name"), attribute("_inherit"), inherit, statement, reading),
    inherit: inherit ?? [],
    inherits: { ...inheritsOf(attribute("_inherits"), statement, reading), ...Object.fromEntries(delegates) },
    attributes: Object.fromEntries(read.attributes),
    fields: read.fields,
    objects: read.objects,
    methods: read.methods,
  };
}

function hasField(members: ReadonlyMap<string, Member>, { scope, names }: Reading): boolean {
  for (const { value } of members.values()) {
    if (value.kind !== "value" || value.expression.kind !== "call") continue;
    const type = fieldType(value.expression.of, scope, names);
    if (type !== null && type !== "perhaps" && type.certain) return true;
  }
  return false;
}

function ownType(type: ModelClass["type"], abstract: Static | null, transient: Static | null): ModelClass["type"] {
  if (abstract?.known === true && truth(abstract)) return "abstract";
  if (transient?.known === true && truth(transient)) return "transient";
  return type;
}

function headUnknowns(statement: ClassStatement, reading: Reading): void {
  if (statement.decorators.length > 0)
    reading.unknown(
      "class-decorator",
      statement.at,
      `The class ${statement.name} has a decorator, which may change it.`,
      classText(statement, reading),
    );
  if (statement.args.some(({ keyword, star }) => keyword !== null || star !== ""))
    reading.unknown(
      "class-metaclass",
      statement.at,
      `The class ${statement.name} is made with keywords or computed bases.`,
      classText(statement, reading),
    );
}

/** null: it can't be told. */
function inheritOf(value: Static | null, statement: ClassStatement, reading: Reading): readonly string[] | null {
  if (value === null || (value.known && !truth(value))) return [];
  if (value.known && typeof value.value === "string") return [value.value];
  if (value.known && Array.isArray(value.value) && value.value.every((one) => typeof one === "string")) return value.value as string[];
  reading.unknown(
    "computed-inherit",
    statement.at,
    `What the class ${statement.name} inherits from is computed.`,
    classText(statement, reading),
  );
  return null;
}

/** Odoo's `MetaModel.__new__`: the one text in `_inherit`, else the name of the class. */
function nameOf(
  name: Static | null,
  written: Static | null,
  inherit: readonly string[] | null,
  statement: ClassStatement,
  reading: Reading,
): string | null {
  if (name !== null && !(name.known && !truth(name))) {
    if (name.known && typeof name.value === "string") return name.value;
    reading.unknown(
      "computed-model-name",
      statement.at,
      `The name of the model in the class ${statement.name} is computed.`,
      classText(statement, reading),
    );
    return null;
  }
  if (inherit === null) return null;
  if (name === null && written?.known === true && typeof written.value === "string" && written.value !== "") return written.value;
  return statement.name.replace(/(?<=[^_])([A-Z])/g, ".$1").toLowerCase();
}

function inheritsOf(value: Static | null, statement: ClassStatement, reading: Reading): Readonly<Record<string, string>> {
  if (value === null) return {};
  if (value.known && value.value !== null && typeof value.value === "object" && !Array.isArray(value.value)) {
    const entries = Object.entries(value.value);
    if (entries.every(([, field]) => typeof field === "string")) return Object.fromEntries(entries) as Record<string, string>;
  }
  if (!(value.known && !truth(value)))
    reading.unknown(
      "computed-inherits",
      statement.at,
      `What the class ${statement.name} delegates to is computed.`,
      classText(statement, reading),
    );
  return {};
}

/** Without the bodies of its methods: what they do says nothing of the model. */
function classText(statement: ClassStatement, { scope }: Reading): string {
  const { tokens } = scope.parsed;
  let [text, from] = ["", statement.decorators[0]?.from ?? statement.at];
  for (const one of statement.body) {
    if (one.kind !== "function") continue;
    text += normalText(tokens, from, one.body.from);
    from = one.to;
  }
  return text + normalText(tokens, from, Math.max(from, statement.body.at(-1)?.to ?? from));
}

function truth(value: Static): boolean {
  return value.known && value.value !== null && value.value !== false && value.value !== 0 && value.value !== "";
}
