import type { AnalysisGround } from "../../src/app/ports/analysis-kind.ts";
import { predictUpdate } from "../../src/odoo/analysis/prediction/predict-update.ts";
import { chooseUpdates } from "../../src/odoo/analysis/update-choice.ts";
import { analysedSide, sideGround } from "../../src/odoo/analysis/side.ts";
import { installedModules } from "../../src/odoo/analysis/ground-facts.ts";
import { treeModules, type TreeFiles } from "./fakes/fake-source-trees.ts";
import { sampleTenant } from "./sample-tenant.ts";

/** An Odoo of two modules, small enough to read in a test. */
export const sampleBaseFiles: TreeFiles = {
  "base/__manifest__.py": '{"name": "Base", "version": "1.3", "author": "Odoo S.A.", "license": "LGPL-3", "data": ["data.xml"]}',
  "base/__init__.py": "from . import models\n",
  "base/models.py": `from odoo import fields, models


class Partner(models.Model):
    _name = "res.partner"
    _description = "Partner"

    name = fields.Char()
    active = fields.Boolean(default=True)
`,
  "base/data.xml": '<odoo><record id="main_partner" model="res.partner"><field name="name">Firm</field></record></odoo>',
  "sale/__manifest__.py": '{"name": "Sale", "version": "1.0", "author": "Odoo S.A.", "license": "LGPL-3", "depends": ["base"]}',
  "sale/__init__.py": "",
};

export interface GroundFiles {
  /** null: one tree is looked at by itself. */
  readonly old: TreeFiles | null;
  readonly new: TreeFiles;
  readonly base?: TreeFiles;
  /** Names and versions in the tenant's database; absent: no tenant. */
  readonly installed?: Readonly<Record<string, string>>;
}

/** The ground of an analysis, from files in memory: sources, registry and prediction are the real ones. */
export function groundOf({ old, new: now, base = sampleBaseFiles, installed }: GroundFiles): AnalysisGround {
  const tenant = installed === undefined ? null : sampleTenant(installed);
  const side = (files: TreeFiles, modules: readonly string[] | null): AnalysisGround["after"] =>
    analysedSide({ ground: sideGround({ series: "19.0", core: treeModules(base), release: treeModules(files), others: [] }), modules });
  const names = installed === undefined ? null : Object.keys(installed);
  const before = old === null ? null : side(old, names);
  const first = { before, after: side(now, names), tenant, prediction: null };
  if (before === null) return first;
  const here = installedModules(first);
  const { closure, installs } = chooseUpdates({ before, after: first.after, installed: here });
  const after = side(now, [...(names ?? first.after.order), ...installs]);
  return { before, after, tenant, prediction: predictUpdate({ before, after, tenant, updated: new Set(closure), installed: installs }) };
}
