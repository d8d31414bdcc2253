import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";
import { importedModules, installedModules } from "../../../odoo/analysis/ground-facts.ts";
import { dependenciesOf } from "../../../odoo/analysis/module-universe.ts";

const file = "__manifest__.py";

/** Is everything there that the modules in question depend on, and is the copy that Odoo takes the release's own? */
export const dependencies: AnalysisKind = {
  id: "dependencies",
  summary: "Dependencies that are missing, circular or not installable, modules that are shadowed or gone",
  rules: [
    {
      id: "dependency-missing",
      severity: "error",
      title: "A dependency isn't there",
      why: "Odoo skips a module whose dependency it doesn't find, and everything that depends on it, with a line at the level info. An update that has to install it fails.",
      example: '"depends": ["acme_base"]  # in no addons folder',
      remedy: "Add the module to the release, or take it out of depends.",
    },
    {
      id: "dependency-cycle",
      severity: "error",
      title: "Modules depend on each other in a circle",
      why: "Odoo skips every module of the circle and all that depend on one, with a warning.",
      example: "acme_sale depends on acme_stock, acme_stock on acme_sale",
      remedy: "Move what both need into a module that both depend on.",
    },
    {
      id: "dependency-not-installable",
      severity: "error",
      title: "A dependency is not installable",
      why: "Odoo skips what isn't installable and everything that depends on it.",
      example: '"depends": ["acme_old"]  # which says "installable": False',
      remedy: "Port the dependency, or do without it.",
    },
    {
      id: "module-shadowed",
      severity: "error",
      title: "Another folder has a module of that name, and Odoo takes that one",
      why: "The first folder that has the name wins, without a word; Odoo's own package always comes first.",
      example: "addons/sale in a release, while Odoo has a sale of its own",
      remedy: "Rename the module, or take one of the two away.",
    },
    {
      id: "module-gone",
      severity: "warning",
      title: "An installed module has no code any more",
      why: "Odoo can't load it: its fields vanish from models while columns, views and data stay behind, and views that use them break.",
      example: "acme_loyalty in the old release, not in the new one",
      remedy: "Uninstall the module with its code still there, in a release of its own, and take it out afterwards.",
    },
    {
      id: "module-not-installable",
      severity: "error",
      title: "An installed module is not installable in the new release",
      why: "Odoo leaves it out, as if its code were gone.",
      example: '"installable": False',
      remedy: "Uninstall it before, or leave it installable.",
    },
    {
      id: "base-unknown",
      severity: "note",
      title: "There is no base to look dependencies up in",
      why: "Without Odoo's own modules nobody can tell whether what the release depends on exists.",
      example: "plimsoll analyze ./addons",
      remedy: "Name Odoo's addons folders: --base /usr/lib/python3/dist-packages/odoo/addons",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { after } = ground;
  yield* shadowed(ground);
  yield* gone(ground);
  const graph = graphOf(after.universe, after.series);
  const hasBase = after.universe.has("base");
  const imported = importedModules(ground);
  const unknown = new Set<string>();
  const circles = new Set<string>();
  for (const name of [...new Set([...after.own, ...installedModules(ground).keys()])].sort()) {
    const module = graph.get(name);
    if (module === undefined || !module.installable) continue;
    for (const dependency of module.depends) {
      const found = graph.get(dependency);
      const [place, evidence] = [{ module: name, file, line: null } as const, [`depends on ${dependency}`]];
      if (found === undefined && !imported.has(dependency)) {
        if (hasBase)
          yield {
            rule: "dependency-missing",
            severity: "error",
            ...place,
            what: `The module depends on ${dependency}, which neither the release nor the base has.`,
            meaning: null,
            evidence,
            // Nothing is known of what it would bring.
            unsure: true,
          };
        else unknown.add(dependency);
      }
      if (found?.installable === false)
        yield {
          rule: "dependency-not-installable",
          severity: "error",
          ...place,
          what: `The module depends on ${dependency}, which is not installable.`,
          meaning: null,
          evidence,
        };
    }
    if (dependenciesOf([name], graph).has(name)) {
      const path = circle(name, graph);
      const key = path.toSorted().join(" ");
      if (circles.has(key)) continue;
      circles.add(key);
      yield {
        rule: "dependency-cycle",
        severity: "error",
        module: name,
        file,
        line: null,
        what: `Modules depend on each other in a circle: ${[...path, name].join(" → ")}.`,
        meaning: null,
        evidence: path,
      };
    }
  }
  if (unknown.size > 0) {
    const names = [...unknown].sort();
    const first = [...after.own].sort()[0] ?? "";
    yield {
      rule: "base-unknown",
      severity: "note",
      module: first,
      file: null,
      line: null,
      what: `Nobody can tell whether ${list(names)} ${names.length === 1 ? "exists" : "exist"}: there is no base.`,
      meaning: null,
      evidence: names,
      unsure: true,
    };
  }
}

function* shadowed({ after }: AnalysisGround): Iterable<Finding> {
  for (const module of after.shadowed) {
    const twice = after.own.has(module);
    const what = twice
      ? "The release has the module in two of its folders; the first one is loaded."
      : "The module of the release is never loaded: Odoo's own package has one of that name, and that one wins.";
    yield {
      rule: "module-shadowed",
      severity: twice ? "warning" : "error",
      module,
      file: null,
      line: null,
      what,
      meaning: null,
      evidence: [],
    };
  }
}

function* gone(ground: AnalysisGround): Iterable<Finding> {
  const { before, after, tenant } = ground;
  const graph = graphOf(after.universe, after.series);
  for (const name of [...installedModules(ground).keys()].sort()) {
    const module = graph.get(name);
    const where = tenant === null ? "in the old release" : "installed here";
    // Without a base its modules are on neither side, and nothing can be said of them.
    if (module === undefined && (after.universe.has("base") || before?.own.has(name) === true))
      yield {
        rule: "module-gone",
        severity: "warning",
        module: name,
        file: null,
        line: null,
        what: `The module is ${where}, and the new release has no code for it.`,
        meaning: null,
        evidence: dependents(name, ground),
        atLeast: "K5",
      };
    if (module?.installable === false)
      yield {
        rule: "module-not-installable",
        severity: "error",
        module: name,
        file,
        line: null,
        what: `The module is ${where}, and the new release says that it is not installable.`,
        meaning: null,
        evidence: [],
        atLeast: "K5",
      };
  }
}

function dependents(name: string, { after }: AnalysisGround): string[] {
  const graph = graphOf(after.universe, after.series);
  return after.order.filter((one) => graph.get(one)?.depends.includes(name) === true).map((one) => `${one} depends on it`);
}

/** The shortest way back to the name, from it on. */
function circle(name: string, graph: ReturnType<typeof graphOf>): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [name];
  for (let one = queue.shift(); one !== undefined; one = queue.shift())
    for (const next of graph.get(one)?.depends ?? []) {
      if (next === name) return pathTo(one, name, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, one);
      queue.push(next);
    }
  return [];
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let one = end; one !== start;) {
    one = cameFrom.get(one) ?? start;
    path.unshift(one);
  }
  return path;
}

const namesShownMax = 5;

function list(names: readonly string[]): string {
  const more = names.length - namesShownMax;
  return more > 0 ? `${names.slice(0, namesShownMax).join(", ")} and ${more} more` : names.join(", ");
}
