import type { FieldDeclaration, MethodDeclaration, Static, TableObjectDeclaration } from "../../domain/release/module-source.ts";
import { fieldArguments, fieldType } from "./declarations-fields.ts";
import { decoratorsOf, methodParameters, type Member } from "./declarations-members.ts";
import { powersOf } from "./python-powers.ts";
import { bodyDigest, callsSuper } from "./python-body.ts";
import type { PackageNames } from "./python-names.ts";
import { runsOf } from "./python-runs.ts";
import type { FileScope } from "./python-scope.ts";
import { known, staticValue, textOf, type Place } from "./python-static.ts";
import type { Expression } from "./python-syntax.ts";
import type { TokenRange } from "./python-body.ts";
import { kindOf } from "./python-kinds.ts";

/** What the classes of a file are read with, and where to put what can't be told. */
export interface Reading {
  readonly file: string;
  readonly scope: FileScope;
  readonly names: PackageNames;
  readonly line: (token: number) => number;
  /** @param about its code, when what is said of it doesn't tell when that changes */
  readonly unknown: (kind: string, token: number, what: string, about?: TokenRange | string) => void;
  readonly problem: (kind: string, token: number, what: string) => void;
}

/** Methods that make a model out of its classes (`orm/models.py`, `orm/model_classes.py`). */
const buildsModels: ReadonlySet<string> = new Set(
  "_setup_base _setup_fields _setup_complete _prepare_setup _build_model _build_model_attributes _add_field _pop_field _init_constraints_onchanges __init_subclass__ _add_inherited_fields _add_manual_fields _inherits_check".split(
    " ",
  ),
);

/** Methods that Odoo calls with every update of the model. */
const runByUpdates: ReadonlySet<string> = new Set(["init", "_auto_init"]);

export function staticMember(member: Member | undefined, place: Place): Static | null {
  if (member === undefined) return null;
  if (member.value.kind !== "value") return { known: false, text: member.name };
  const value = staticValue(member.value.expression, place);
  return member.conditional ? { known: false, text: textOf(member.value.expression, place) } : value;
}

const headNames = new Set(["_name", "_inherit", "_inherits"]);
const [dot, open, fieldsWord] = [kindOf("."), kindOf("("), "fields"];

/** Tells what the members of a model class are. */
export class MemberReader {
  readonly fields: FieldDeclaration[] = [];
  readonly objects: TableObjectDeclaration[] = [];
  readonly methods: MethodDeclaration[] = [];
  readonly attributes: [string, Static][] = [];
  readonly #reading: Reading;
  readonly #place: Place;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #className: string;

  constructor(reading: Reading, place: Place, members: ReadonlyMap<string, Member>, className: string) {
    this.#reading = reading;
    this.#place = place;
    this.#members = members;
    this.#className = className;
  }

  member(member: Member): void {
    const { name, at, value } = member;
    if (member.conditional) {
      const what = `${this.#className}.${name} stands in a condition, a loop or a try of its class.`;
      this.#reading.unknown("attribute-in-condition", at, what, member.within);
    }
    if (value.kind === "function") {
      this.#method(member, value.statement);
      return;
    }
    if (value.kind === "value" && (this.#object(member, value.expression) || this.#field(member, value.expression))) return;
    if (name.startsWith("_") || value.kind === "unclear") {
      if (name === "_sql_constraints")
        this.#reading.problem("sql-constraints-ignored", at, "Odoo 19 ignores _sql_constraints; models.Constraint is what it reads.");
      if (name.startsWith("_") && !headNames.has(name))
        this.attributes.push([name, staticMember(member, this.#place) ?? { known: false, text: name }]);
      else if (!name.startsWith("_") && value.kind === "unclear" && /^[a-z]/.test(name))
        this.#reading.unknown("computed-attribute", at, `What ${this.#className}.${name} is can't be told.`, member.within);
    }
  }

  #method({ name, at }: Member, statement: Extract<Member["value"], { kind: "function" }>["statement"]): void {
    const { tokens } = this.#place;
    if (buildsModels.has(name))
      this.#reading.unknown("overrides-setup", at, `${this.#className}.${name} has a say in which fields a model has.`, statement.body);
    this.methods.push({
      name,
      line: this.#reading.line(at),
      decorators: decoratorsOf(statement.decorators, this.#place),
      parameters: methodParameters(statement, this.#place),
      callsSuper: callsSuper(tokens, statement.body),
      digest: bodyDigest(tokens, statement.body),
      ...powersOf(tokens, statement.body),
      ...(runByUpdates.has(name) ? { runs: runsOf(statement, this.#reading.scope, this.#reading.names) } : {}),
    });
  }

  #object({ name, at }: Member, expression: Expression): boolean {
    if (expression.kind !== "call") return false;
    const origin = this.#reading.names.origin(this.#reading.scope, expression.of) ?? "";
    const [, made] = /^odoo\.(?:models|orm\.table_objects)\.(Constraint|Index|UniqueIndex)$/.exec(origin) ?? [];
    if (made === undefined) return false;
    const definition = expression.args.find(
      ({ keyword, star }, index) => (keyword === "definition" || (keyword === null && index === 0)) && star === "",
    );
    this.objects.push({
      name: name.replace(/^_/, ""),
      line: this.#reading.line(at),
      type: made === "Constraint" ? "constraint" : made === "Index" ? "index" : "unique index",
      definition:
        definition === undefined ? { known: false, text: textOf(expression, this.#place) } : staticValue(definition.value, this.#place),
    });
    return true;
  }

  #field({ name, at }: Member, expression: Expression): boolean {
    const { scope, names, unknown, line } = this.#reading;
    const what = `${this.#className}.${name}`;
    if (expression.kind !== "call") {
      if (expression.kind === "other" && !expression.lambda && this.#mentionsField(expression))
        unknown("computed-field", at, `The field ${what} is computed: ${textOf(expression, this.#place).slice(0, 80)}.`, expression);
      if (expression.kind === "name" && !this.#members.has(expression.name) && this.#perhaps(expression))
        unknown("computed-attribute", at, `What ${what} is can't be told: ${expression.name} comes from elsewhere.`);
      return false;
    }
    const type = fieldType(expression.of, scope, names);
    if (type === "perhaps" && !name.startsWith("_"))
      unknown(
        "computed-attribute",
        at,
        `What ${what} is can't be told: ${textOf(expression.of, this.#place)} is called for it.`,
        expression,
      );
    if (type === null || type === "perhaps") return false;
    if (!type.certain) unknown("unknown-field-type", at, `The field ${what} is of a type that isn't Odoo's own: ${type.type}.`, expression);
    const { attributes, lost } = fieldArguments(expression.args, type.positional, this.#place);
    for (const one of lost)
      unknown("computed-field-arguments", at, `The field ${what} has an argument that can't be told: ${one.slice(0, 80)}.`, expression);
    this.fields.push({ name, line: line(at), type: type.type, attributes });
    return true;
  }

  /** A name that something else than this class explains, and that isn't a constant. */
  #perhaps(expression: Expression): boolean {
    const origin = this.#reading.names.origin(this.#reading.scope, expression);
    if (origin === null || !origin.startsWith("odoo.addons.")) return false;
    const meaning = this.#reading.names.meaning(origin);
    if (meaning === null) return true;
    return (
      meaning.kind === "constant" &&
      (meaning.expression === null || (meaning.expression.kind === "call" && known(meaning.expression, this.#place) === undefined))
    );
  }

  #mentionsField({ from, to }: Expression): boolean {
    const { code, kinds, from: starts, to: ends } = this.#place.tokens;
    for (let at = from; at + 3 < to; at += 1)
      if (
        kinds[at + 1] === dot &&
        kinds[at + 3] === open &&
        code.slice(starts[at], ends[at]) === fieldsWord &&
        /[A-Z]/.test(code.charAt(starts[at + 2] ?? 0))
      )
        return true;
    return false;
  }
}
