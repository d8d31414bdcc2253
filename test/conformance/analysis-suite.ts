import { describe, expect, it } from "vitest";
import type { AnalysisGround, AnalysisKind } from "../../src/app/ports/analysis-kind.ts";
import { severities } from "../../src/domain/impact/finding.ts";
import { impactClasses } from "../../src/domain/impact/impact.ts";
import { groundOf, type GroundFiles } from "./sample-grounds.ts";

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Two releases with something in them for many analyses: fields, records, scripts and hooks come, change and go. */
const oldFiles: GroundFiles["new"] = {
  "acme/__manifest__.py":
    '{"name": "Acme", "version": "19.0.1.0.0", "author": "A", "license": "LGPL-3", "depends": ["sale"], "data": ["data.xml", "views.xml"], "uninstall_hook": "gone"}',
  "acme/__init__.py": "from . import models\n\n\ndef gone(env):\n    pass\n",
  "acme/models.py": `from odoo import api, fields, models


class Thing(models.Model):
    _name = "acme.thing"
    _description = "Thing"

    name = fields.Char()
    old = fields.Integer()

    def act(self, value):
        return value
`,
  "acme/data.xml":
    '<odoo><record id="one" model="acme.thing"><field name="name">One</field></record><record id="two" model="acme.thing"/></odoo>',
  "acme/views.xml":
    '<odoo><record id="form" model="ir.ui.view"><field name="name">f</field><field name="model">acme.thing</field><field name="arch" type="xml"><form><field name="old"/></form></field></record></odoo>',
  "legacy/__manifest__.py": '{"name": "Legacy", "version": "19.0.1.0.0", "author": "A", "license": "LGPL-3", "depends": ["acme"]}',
  "legacy/__init__.py": "",
};
const newFiles: GroundFiles["new"] = {
  ...Object.fromEntries(Object.entries(oldFiles).filter(([path]) => !path.startsWith("legacy/"))),
  "acme/__manifest__.py":
    '{"name": "Acme", "version": "19.0.1.1.0", "author": "A", "license": "OPL-1", "depends": ["sale", "extra", "nowhere"], "data": ["data.xml", "views.xml", "lost.xml"], "post_init_hook": "fill", "external_dependencies": {"python": ["zeep"]}}',
  "acme/models.py": `from odoo import api, fields, models


class Thing(models.Model):
    _name = "acme.thing"
    _description = "Thing"

    name = fields.Char(required=True)
    code = fields.Char(index=True)
    partner_id = fields.Many2one("res.partner")

    def act(self):
        return self.env.cr.execute("UPDATE acme_thing SET code = name")
`,
  "acme/data.xml": '<odoo><record id="one" model="acme.thing"><field name="name">Uno</field></record></odoo>',
  "acme/migrations/19.0.1.1.0/pre-fill.py": 'def migrate(cr, version):\n    cr.execute("UPDATE acme_thing SET name = id")\n',
  "extra/__manifest__.py": '{"name": "Extra", "version": "19.0.1.0.0", "author": "A", "license": "AGPL-3"}',
  "extra/__init__.py": "",
};
/** Names and texts that are hostile, or just broken. */
const oddFiles: GroundFiles["new"] = {
  "broken/__manifest__.py": "__import__('os')",
  "syntax/__manifest__.py": '{"name": "S", "version": "1", "depends": ["syntax"], "data": ["../../etc/passwd", "no.xml"]}',
  "syntax/__init__.py": "class (:\n",
  "syntax/no.xml": "<odoo><record",
  "__proto__/__manifest__.py": '{"name": "P", "version": "19.0.1.0.0", "depends": ["constructor"], "auto_install": True}',
  "constructor/__manifest__.py": '{"name": "C", "version": "19.0.1.0.0", "depends": ["__proto__"], "excludes": ["base"]}',
};

const everywhere = { base: "19.0.1.3", sale: "19.0.1.0", acme: "19.0.1.0.0", legacy: "19.0.1.0.0" };

export const suiteGrounds: Readonly<Record<string, () => AnalysisGround>> = {
  "one tree by itself": () => groundOf({ old: null, new: newFiles }),
  "two releases": () => groundOf({ old: oldFiles, new: newFiles }),
  "two releases and a tenant": () => groundOf({ old: oldFiles, new: newFiles, installed: everywhere }),
  "the same release": () => groundOf({ old: oldFiles, new: oldFiles, installed: everywhere }),
  "without a base": () => groundOf({ old: oldFiles, new: newFiles, base: {} }),
  "what is broken": () => groundOf({ old: oddFiles, new: oddFiles }),
  "what became broken": () => groundOf({ old: oldFiles, new: oddFiles, installed: everywhere }),
};

/** What every analysis keeps to, whatever it looks for. */
export function analysisConforms(kind: AnalysisKind): void {
  describe(`analysis ${kind.id}`, () => {
    it("says what it is and explains each of its rules", () => {
      expect(kind.id).toMatch(kebab);
      expect(kind.summary).toMatch(/\S.*[^.]$/);
      expect(kind.rules.length).toBeGreaterThan(0);
      expect(new Set(kind.rules.map((rule) => rule.id)).size).toBe(kind.rules.length);
      for (const rule of kind.rules) {
        expect(rule.id).toMatch(kebab);
        expect(severities).toContain(rule.severity);
        expect(rule.title, rule.id).toMatch(/^\S.*[^.]$/);
        expect(rule.why, rule.id).toMatch(/\.$/);
        expect(rule.remedy, rule.id).toMatch(/\S$/);
        expect(rule.example.trim(), rule.id).not.toBe("");
      }
    });

    for (const [name, make] of Object.entries(suiteGrounds)) {
      it(`answers in its own rules, the same twice, and changes nothing: ${name}`, () => {
        const ground = make();
        const told = textOf(ground);
        const findings = [...kind.find(ground)];
        expect([...kind.find(make())]).toEqual(findings);
        expect(textOf(ground)).toBe(told);
        const rules = new Set(kind.rules.map((rule) => rule.id));
        for (const finding of findings) {
          expect(rules, JSON.stringify(finding)).toContain(finding.rule);
          expect(severities).toContain(finding.severity);
          expect(finding.module, JSON.stringify(finding)).not.toBe("");
          expect(finding.what, JSON.stringify(finding)).toMatch(/[.!?]$/);
          if (finding.file !== null) expect(finding.file).not.toMatch(/^\/|\\/);
          if (finding.line !== null) expect(finding.line).toBeGreaterThan(0);
          if (finding.meaning !== null) expect(finding.meaning).toMatch(/\.$/);
          if (finding.atLeast !== undefined) expect(impactClasses).toContain(finding.atLeast);
        }
      });
    }

    it("finds nothing worse than notes where nothing changed", () => {
      const findings = [
        ...kind.find(groundOf({ old: quiet, new: quiet, installed: { base: "19.0.1.3", sale: "19.0.1.0", quiet: "19.0.1.0.0" } })),
      ];
      expect(findings.filter((finding) => finding.severity !== "note" || finding.atLeast !== undefined)).toEqual([]);
    });
  });
}

const quiet: GroundFiles["new"] = {
  "quiet/__manifest__.py": '{"name": "Quiet", "version": "19.0.1.0.0", "author": "A", "license": "LGPL-3", "depends": ["sale"]}',
  "quiet/__init__.py": "from . import models\n",
  "quiet/models.py": `from odoo import fields, models


class Partner(models.Model):
    _inherit = "res.partner"

    note = fields.Char()
`,
};

/** What a ground holds, as a text that shows every change of it. */
function textOf({ before, after, tenant, prediction }: AnalysisGround): string {
  const side = (one: AnalysisGround["before"]): unknown =>
    one && [[...one.universe], [...one.own], one.order, one.shadowed, [...one.registry.models.keys()]];
  return JSON.stringify([side(before), side(after), tenant, prediction]);
}
