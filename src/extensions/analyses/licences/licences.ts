import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { graphOf } from "../../../odoo/analysis/graph-module.ts";

const file = "__manifest__.py";

/** What Odoo offers in `ir.module.module.license`. */
const known = [
  "GPL-2",
  "GPL-2 or any later version",
  "GPL-3",
  "GPL-3 or any later version",
  "AGPL-3",
  "LGPL-3",
  "Other OSI approved licence",
  "OEEL-1",
  "OPL-1",
  "Other proprietary",
];
const proprietary = new Set(["OEEL-1", "OPL-1", "Other proprietary"]);
/** A module that depends on one of these is a work based on it. */
const passedOn: Readonly<Record<string, readonly string[]>> = {
  "AGPL-3": ["AGPL-3", "GPL-3", "GPL-3 or any later version"],
  "GPL-3": ["GPL-3", "GPL-3 or any later version", "AGPL-3"],
  "GPL-3 or any later version": ["GPL-3", "GPL-3 or any later version", "AGPL-3"],
};

/** Do the licences of modules that are loaded together go together, and is anything needed that Odoo sells? */
export const licences: AnalysisKind = {
  id: "licences",
  summary: "Licences that don't go together, and modules of Odoo Enterprise that are depended on",
  rules: [
    {
      id: "licence-unknown",
      severity: "warning",
      title: "The licence isn't one that Odoo knows",
      why: "The licence is a choice field of ir.module.module: a value that it doesn't have can't be stored, and the list of modules can't be brought up to date.",
      example: '"license": "MIT"',
      remedy: 'Use one that Odoo knows: "Other OSI approved licence" for MIT.',
    },
    {
      id: "licence-conflict",
      severity: "warning",
      title: "The licence doesn't go with that of a dependency",
      why: "AGPL-3 and GPL-3 ask that what builds on them has the same terms; proprietary licences forbid just that.",
      example: '"license": "OPL-1", "depends": ["an_agpl_module"]',
      remedy: "Ask whoever holds the rights, change the licence, or do without the dependency.",
    },
    {
      id: "enterprise-dependency",
      severity: "warning",
      title: "The module now depends on Odoo Enterprise",
      why: "Enterprise modules need a subscription, and on a community Odoo they aren't there.",
      example: '"depends": ["account_accountant"]',
      remedy: "Make sure that the tenant has a subscription, or do without the dependency.",
    },
  ],
  find(ground) {
    return findings(ground);
  },
};

function* findings({ before, after }: AnalysisGround): Iterable<Finding> {
  const graph = graphOf(after.universe, after.series);
  const licenceOf = (name: string): string | null => after.universe.get(name)?.manifest?.license ?? null;
  for (const module of [...after.own].sort()) {
    const own = licenceOf(module) ?? "LGPL-3";
    const place = { module, file, line: null, meaning: null } as const;
    if (!known.includes(own))
      yield { rule: "licence-unknown", severity: "warning", ...place, what: `Odoo doesn't know the licence ${own}.`, evidence: [] };
    for (const dependency of graph.get(module)?.depends ?? []) {
      const theirs = licenceOf(dependency);
      if (theirs === null) continue;
      const conflict = proprietary.has(theirs) ? own in passedOn : passedOn[theirs]?.includes(own) === false;
      if (conflict)
        yield {
          rule: "licence-conflict",
          severity: "warning",
          ...place,
          what: `The module is under ${own} and depends on ${dependency}, which is under ${theirs}.`,
          evidence: [`${module}: ${own}`, `${dependency}: ${theirs}`],
        };
      const dependedBefore = before?.universe.get(module)?.manifest?.depends.includes(dependency) === true;
      if (theirs === "OEEL-1" && !after.own.has(dependency) && !dependedBefore)
        yield {
          rule: "enterprise-dependency",
          severity: "warning",
          ...place,
          what: `The module depends on ${dependency} of Odoo Enterprise.`,
          evidence: [],
        };
    }
  }
}
