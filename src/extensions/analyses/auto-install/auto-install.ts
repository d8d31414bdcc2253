import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ManifestSource } from "../../../domain/release/module-source.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";
import { installedModules } from "../../../odoo/analysis/ground-facts.ts";
import { chooseUpdates } from "../../../odoo/analysis/update-choice.ts";

const file = "__manifest__.py";

/** What an update installs by itself, and what it doesn't though it looks as if it did (`ir.module.module.button_install`). */
export const autoInstall: AnalysisKind = {
  id: "auto-install",
  summary: "Modules that an update installs by itself, that only look as if it did, or that exclude each other",
  rules: [
    {
      id: "module-installs-itself",
      severity: "warning",
      title: "The update installs a module that isn't installed",
      why: "Odoo installs new dependencies of an updated module, and modules with auto_install whose triggers are then all there. Their tables, data and hooks come with them.",
      example: '"depends": ["sale", "acme_rules"]  # acme_rules is new',
      remedy: "Nothing, if it is meant; otherwise take the dependency or auto_install away.",
    },
    {
      id: "auto-install-waits",
      severity: "note",
      title: "The new module would install itself, but no update makes it",
      why: "auto_install is looked at when one of its triggers is being installed. Where all of them are installed already, the module stays out.",
      example: '"depends": ["sale", "stock"], "auto_install": True  # added to a database that has both',
      remedy: "Install it by name, in a change of its own.",
    },
    {
      id: "module-excluded",
      severity: "error",
      title: "Two modules exclude each other",
      why: "Odoo refuses the installation of a module while one is installed that it excludes, and the update fails.",
      example: '"excludes": ["acme_legacy"]',
      remedy: "Uninstall the other one before.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings(ground: AnalysisGround): Iterable<Finding> {
  const { before, after, tenant } = ground;
  const installed = installedModules(ground);
  const here = new Set(before === null ? after.order : installed.keys());
  const installs = before === null ? [] : chooseUpdates({ before, after, installed }).installs;
  const graph = graphOf(after.universe, after.series);
  for (const module of installs) {
    const manifest = after.universe.get(module)?.manifest ?? null;
    const countries = manifest?.countries ?? [];
    const waiting = manifest !== null && manifest.autoInstall !== false;
    const because = waiting ? "what it waits for is there" : `${dependentsIn(module, here, graph).join(", ")} now depends on it`;
    const where = countries.length > 0 ? `, if a company is in ${countries.join(", ").toUpperCase()}` : "";
    yield {
      rule: "module-installs-itself",
      severity: "warning",
      module,
      file,
      line: null,
      what: `The update installs the module: ${because}${where}.`,
      meaning: tenant === null ? null : "It isn't installed here now.",
      evidence: (graph.get(module)?.depends ?? []).map((name) => `depends on ${name}`),
      atLeast: "K2",
      ...(countries.length > 0 ? { unsure: true } : {}),
    };
  }
  if (before !== null) yield* waiting(ground, here, new Set(installs));
  yield* excluded(ground, new Set([...here, ...installs]));
}

function* waiting({ before, after }: AnalysisGround, here: ReadonlySet<string>, installs: ReadonlySet<string>): Iterable<Finding> {
  for (const module of [...after.own].sort()) {
    const manifest = after.universe.get(module)?.manifest ?? null;
    if (
      manifest === null ||
      manifest.autoInstall === false ||
      here.has(module) ||
      installs.has(module) ||
      before?.universe.has(module) === true
    )
      continue;
    const triggers = triggersOf(manifest);
    if (!triggers.every((name) => here.has(name))) continue;
    yield {
      rule: "auto-install-waits",
      severity: "note",
      module,
      file,
      line: null,
      what: "The module is new and what it waits for is installed, yet an update doesn't install it.",
      meaning: null,
      evidence: triggers.map((name) => `waits for ${name}`),
    };
  }
}

function triggersOf({ autoInstall: triggers, depends }: ManifestSource): readonly string[] {
  return typeof triggers === "boolean" ? (depends.length === 0 ? ["base"] : depends) : triggers;
}

function* excluded({ after }: AnalysisGround, present: ReadonlySet<string>): Iterable<Finding> {
  for (const module of [...present].sort())
    for (const other of after.universe.get(module)?.manifest?.excludes ?? [])
      if (present.has(other) && (after.own.has(module) || after.own.has(other)))
        yield {
          rule: "module-excluded",
          severity: "error",
          module,
          file,
          line: null,
          what: `The module excludes ${other}, and both would be installed.`,
          meaning: null,
          evidence: [`excludes ${other}`],
        };
}

function dependentsIn(module: string, here: ReadonlySet<string>, graph: ReturnType<typeof graphOf>): string[] {
  const direct = [...graph.values()].filter((one) => one.depends.includes(module)).map((one) => one.name);
  const installed = direct.filter((name) => here.has(name));
  return (installed.length > 0 ? installed : direct).sort();
}
