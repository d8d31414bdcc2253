import { powersOf } from "./python-powers.ts";
import type { RouteDeclaration, Static } from "../../domain/release/module-source.ts";
import { classPlace, membersOf } from "./declarations-members.ts";
import type { Reading } from "./declarations-model-members.ts";
import { staticValue, type Place } from "./python-static.ts";
import type { ClassStatement, Expression } from "./python-syntax.ts";

const unset: Static = { known: true, value: null };

/** Methods of a class with `@http.route`; `auth` and `csrf` are null where the decorator leaves them to the overridden method or to Odoo. */
export function routesOf(statement: ClassStatement, reading: Reading): RouteDeclaration[] {
  const members = membersOf(statement.body);
  const place = classPlace(members, reading.names.place(reading.scope));
  return [...members.values()].flatMap(({ name, at, value }) => {
    if (value.kind !== "function") return [];
    return value.statement.decorators.flatMap((decorator): RouteDeclaration[] => {
      if (decorator.kind !== "call" || !isRoute(decorator.of, reading)) return [];
      const { paths, keywords } = argumentsOf(decorator, place);
      if (paths === null) reading.unknown("computed-route", at, `The paths of ${statement.name}.${name} are computed.`);
      const { auth = unset, csrf = unset, ...attributes } = keywords;
      const where = { file: reading.file, line: reading.line(at) };
      return [
        {
          ...where,
          className: statement.name,
          method: name,
          paths: paths ?? [],
          auth,
          csrf,
          attributes,
          ...powersOf(place.tokens, value.statement.body),
        },
      ];
    });
  });
}

function isRoute(callee: Expression, { scope, names }: Reading): boolean {
  return names.origin(scope, callee) === "odoo.http.route";
}

function argumentsOf(
  decorator: Extract<Expression, { kind: "call" }>,
  place: Place,
): { readonly paths: readonly string[] | null; readonly keywords: Readonly<Record<string, Static>> } {
  const keywords = new Map<string, Static>();
  let paths: readonly string[] | null = [];
  for (const [index, { keyword, star, value }] of decorator.args.entries()) {
    if (star !== "") paths = null;
    else if (keyword === "route" || (keyword === null && index === 0)) {
      const route = staticValue(value, place);
      const list = route.known ? (typeof route.value === "string" ? [route.value] : route.value) : null;
      paths = Array.isArray(list) && list.every((one) => typeof one === "string") ? (list as string[]) : null;
      if (route.known && route.value === null) paths = [];
    } else if (keyword !== null) keywords.set(keyword, staticValue(value, place));
  }
  return { paths, keywords: Object.fromEntries(keywords) };
}
