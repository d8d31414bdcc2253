import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource, RouteDeclaration, Static } from "../../../domain/release/module-source.ts";

/** What a route is, wherever in the file it stands. */
const keyOf = ({ className, method }: RouteDeclaration): string => `${className}.${method}`;
const open = new Set(["public", "none"]);

/** Routes that become reachable without log-in, or without the token against forged requests; without an old release nothing is compared. */
export function* routeChanges({ before, after }: AnalysisGround): Iterable<Finding> {
  if (before === null) return;
  for (const module of after.order) {
    const source = after.universe.get(module);
    if (source === undefined || !after.own.has(module)) continue;
    const old = new Map(routesOf(before.universe.get(module)).map((route) => [keyOf(route), route]));
    for (const route of routesOf(source)) yield* judge(route, old.get(keyOf(route)), module);
  }
}

function* judge(route: RouteDeclaration, was: RouteDeclaration | undefined, module: string): Iterable<Finding> {
  const where = { module, file: route.file, line: route.line, meaning: null } as const;
  const paths = route.paths.length === 0 ? keyOf(route) : route.paths.join(", ");
  const evidence = [`${keyOf(route)}: auth ${shown(route.auth)}, csrf ${shown(route.csrf)}`];
  if (isOpen(route.auth) !== false && (was === undefined || isOpen(was.auth) === false))
    yield {
      rule: "route-open",
      severity: "warning",
      ...where,
      what: `${paths} can be called without log-in.`,
      evidence: was === undefined ? evidence : [...evidence, `auth was ${shown(was.auth)}`],
      ...(isOpen(route.auth) === null ? { unsure: true } : {}),
    };
  if (isOff(route.csrf) !== false && (was === undefined || isOff(was.csrf) === false))
    yield {
      rule: "route-without-csrf",
      severity: "warning",
      ...where,
      what: `${paths} accepts requests that another site makes a browser send.`,
      evidence,
      ...(isOff(route.csrf) === null ? { unsure: true } : {}),
    };
  if (route.powers?.includes("sudo") === true && isOpen(route.auth) !== false && was?.powers?.includes("sudo") !== true)
    yield {
      rule: "route-open-sudo",
      severity: "warning",
      ...where,
      what: `${paths} can be called without log-in, and goes past access rights.`,
      evidence,
    };
}

function routesOf(source: ModuleSource | undefined): readonly RouteDeclaration[] {
  return source?.python.flatMap(({ routes }) => routes) ?? [];
}

/** Without `auth` it is that of the overridden method, or of users. */
function isOpen(auth: Static): boolean | null {
  return auth.known ? typeof auth.value === "string" && open.has(auth.value) : null;
}

function isOff(csrf: Static): boolean | null {
  return csrf.known ? csrf.value === false : null;
}

function shown(value: Static): string {
  return value.known ? (value.value === null ? "not given" : JSON.stringify(value.value)) : value.text;
}
