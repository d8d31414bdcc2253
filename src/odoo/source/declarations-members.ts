import type { Json } from "../../domain/shared/canonical-json.ts";
import type { DecoratorUse, Static } from "../../domain/release/module-source.ts";
import type { TokenRange } from "./python-body.ts";
import { staticValue, textOf, type Place } from "./python-static.ts";
import {
  dottedName,
  type ClassStatement,
  type Expression,
  type FunctionStatement,
  type Parameter,
  type Statement,
} from "./python-syntax.ts";

/** What a name in a class stands for when Python has run its body. */
export interface Member {
  readonly name: string;
  /** Token. */
  readonly at: number;
  readonly value:
    | { readonly kind: "value"; readonly expression: Expression }
    | { readonly kind: "function"; readonly statement: FunctionStatement }
    /** Something that isn't told by one expression. */
    | { readonly kind: "unclear" };
  /** In an `if`, `for`, `try` or `with` of the class. */
  readonly conditional: boolean;
  /** Of that, or of the statement that binds it. */
  readonly within: TokenRange;
}

/** Names of a class body in Python's order: a name that is bound again keeps its place. */
export function membersOf(body: readonly Statement[]): Map<string, Member> {
  const members = new Map<string, Member>();
  collect(body, members, null);
  return members;
}

function collect(body: readonly Statement[], members: Map<string, Member>, block: TokenRange | null): void {
  for (const statement of body) {
    const set = (name: string, at: number, value: Member["value"]): void => {
      const before = members.get(name);
      const conditional = block !== null || before?.conditional === true;
      members.set(name, { name, at, value, conditional, within: block ?? (before?.conditional === true ? before.within : statement) });
    };
    if (statement.kind === "function") set(statement.name, statement.at, { kind: "function", statement });
    else if (statement.kind === "class") set(statement.name, statement.at, { kind: "unclear" });
    else if (statement.kind === "block") {
      for (const [index, branch] of statement.branches.entries())
        if (!statement.typing || index > 0) collect(branch, members, block ?? statement);
    } else if (statement.kind === "assign" && statement.value !== null) {
      for (const target of statement.targets) assign(target, statement.value, statement.operator, members, set);
    }
  }
}

function assign(
  target: Expression,
  value: Expression,
  operator: string,
  members: ReadonlyMap<string, Member>,
  set: (name: string, at: number, value: Member["value"]) => void,
): void {
  if (target.kind === "name") {
    const before = members.get(target.name)?.value;
    if (operator === "=") {
      // `b = a` gives the same thing another name.
      const same = value.kind === "name" ? members.get(value.name)?.value : undefined;
      set(target.name, target.from, same ?? { kind: "value", expression: value });
    } else if (operator === "+=" && before?.kind === "value") {
      const expression: Expression = { kind: "sum", items: [before.expression, value], from: value.from, to: value.to };
      set(target.name, target.from, { kind: "value", expression });
    } else set(target.name, target.from, { kind: "unclear" });
  } else if (target.kind === "tuple" || target.kind === "list") {
    const values = value.kind === "tuple" || value.kind === "list" ? value.items : [];
    const paired = values.length === target.items.length && !values.some((one) => one.kind === "star");
    for (const [index, item] of target.items.entries()) {
      const one = paired ? values[index] : undefined;
      if (one !== undefined) assign(item, one, operator, members, set);
      else if (item.kind === "name") set(item.name, item.from, { kind: "unclear" });
    }
  }
}

/** Names in a class body mean members of the class first, then what they mean in the file. */
export function classPlace(members: ReadonlyMap<string, Member>, file: Place): Place {
  const place: Place = {
    tokens: file.tokens,
    lookUp: (name) => {
      const member = members.get(name);
      if (member === undefined) return file.lookUp(name);
      if (member.value.kind !== "value" || member.conditional) return null;
      return { expression: member.value.expression, place };
    },
  };
  return place;
}

export function decoratorsOf(decorators: ClassStatement["decorators"], place: Place): DecoratorUse[] {
  return decorators.map((decorator) => {
    if (decorator.kind !== "call") return { name: dottedName(decorator) ?? textOf(decorator, place), args: [] };
    return {
      name: dottedName(decorator.of) ?? textOf(decorator.of, place),
      args: decorator.args.flatMap(({ keyword, star, value }): Static[] => {
        const one = staticValue(value, place);
        if (star === "*" && one.known && Array.isArray(one.value)) return one.value.map((item: Json) => ({ known: true, value: item }));
        if (keyword === null && star === "") return [one];
        return [{ known: false, text: `${keyword === null ? star : `${keyword}=`}${textOf(value, place)}` }];
      }),
    };
  });
}

export function parametersOf(parameters: readonly Parameter[], place: Place): string[] {
  return parameters.map(({ name, fallback }) => (fallback === null ? name : `${name}=${textOf(fallback, place)}`));
}

/** Without `self` or `cls`. */
export function methodParameters(statement: FunctionStatement, place: Place): string[] {
  const isStatic = statement.decorators.some((decorator) => dottedName(decorator) === "staticmethod");
  const own = isStatic || statement.parameters[0]?.name.startsWith("*") === true ? statement.parameters : statement.parameters.slice(1);
  return parametersOf(own[0]?.name === "/" ? own.slice(1) : own, place);
}
