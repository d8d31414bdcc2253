import fc from "fast-check";
import { expect, it } from "vitest";
import { treeModules } from "../../../../test/conformance/fakes/fake-source-trees.ts";
import { moduleOf } from "../../../../test/conformance/found.ts";
import { sampleBaseFiles } from "../../../../test/conformance/sample-grounds.ts";
import { impactClasses, type ImpactClass } from "../../../domain/impact/impact.ts";
import { analyseRelease, type NamedGround } from "../release-analysis.ts";
import { sideGround } from "../side.ts";
import { predictUpdate } from "./predict-update.ts";

const types = [
  "fields.Char()",
  "fields.Char(required=True, default='x')",
  "fields.Char(compute='_c', store=True)",
  "fields.Char(compute='_c')",
  "fields.Integer(index=True)",
  "fields.Boolean()",
  "fields.Selection([('a', 'A'), ('b', 'B')])",
  "fields.Selection(CHOICES)",
  "fields.Many2one('res.partner', ondelete='cascade')",
  "fields.Many2many('res.partner')",
  "fields.Monetary()",
  "make()",
];
/** Has a column of its own. */
const stored = types.filter((type) => !/compute='_c'\)|Many2many|Monetary|make/.test(type));

const oddities = [
  "exec('x')",
  "globals()['X'] = make()",
  "X = type(name, bases, {})",
  "setattr(models.Model, 'x', 1)",
  "if make():\n    class C(models.Model):\n        _inherit = 'acme.order'\n        odd = fields.Char()",
  "class D(Base):\n    _inherit = 'acme.order'\n    more = fields.Char()",
  "class E(models.Model):\n    _name = make()",
  "class F(models.Model):\n    _inherit = make()",
];

interface Sketch {
  readonly fields: Readonly<Record<string, string>>;
  readonly oddities: readonly string[];
  readonly inherits: boolean;
  readonly version: number;
}

const sketches = fc.record<Sketch>({
  fields: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom(...types)),
  oddities: fc.uniqueArray(fc.constantFrom(...oddities), { maxLength: 2 }),
  inherits: fc.boolean(),
  version: fc.nat({ max: 2 }),
});

function ground({ fields, oddities: odd, inherits, version }: Sketch): NamedGround {
  const members = Object.entries(fields).map(([name, type]) => `    ${name} = ${type}\n`);
  const files = {
    ...moduleOf("acme", `"version": "19.0.1.0.${version}"`),
    "acme/__init__.py": "from . import models\n",
    "acme/models.py": `from odoo import fields, models
from odoo.addons.other import Base, make
class Order(models.Model):
    _name = "acme.order"
${inherits ? '    _inherit = ["acme.mixin"]\n' : ""}    _c = None
${members.join("")}
${odd.join("\n")}
`,
  };
  return { name: "r", ground: sideGround({ series: "19.0", core: treeModules(sampleBaseFiles), release: treeModules(files), others: [] }) };
}

function analysed(old: Sketch, now: Sketch): { readonly rank: number; readonly plannedClass: ImpactClass | null } {
  const { plannedClass } = analyseRelease({
    old: ground(old),
    new: ground(now),
    tenant: null,
    environment: null,
    modules: null,
    kinds: [],
    predict: predictUpdate,
  });
  return { rank: plannedClass === null ? -1 : impactClasses.indexOf(plannedClass), plannedClass };
}

const rank = (name: ImpactClass): number => impactClasses.indexOf(name);
const numRuns = 20;
const timeoutMs = 60_000;

it(
  "nothing changes between a release and itself",
  () => {
    fc.assert(
      fc.property(sketches, (sketch) => {
        expect(analysed(sketch, sketch).plannedClass).toBe("K0");
      }),
      { numRuns },
    );
  },
  timeoutMs,
);

it(
  "any two releases can be compared, either way",
  () => {
    fc.assert(
      fc.property(sketches, sketches, (a, b) => {
        expect(analysed(a, b).rank).toBeGreaterThanOrEqual(0);
        expect(analysed(b, a).rank).toBeGreaterThanOrEqual(0);
      }),
      { numRuns },
    );
  },
  timeoutMs,
);

it(
  "a field with a column is at least K3 when it comes, and K5 when it goes",
  () => {
    fc.assert(
      fc.property(sketches, fc.constantFrom(...stored), (sketch, type) => {
        const more = { ...sketch, fields: { ...sketch.fields, fresh: type } };
        expect(analysed(sketch, more).rank).toBeGreaterThanOrEqual(rank("K3"));
        expect(analysed(more, sketch).plannedClass).toBe("K5");
      }),
      { numRuns },
    );
  },
  timeoutMs,
);

it(
  "what can't be told never makes a class milder",
  () => {
    fc.assert(
      fc.property(sketches, sketches, fc.constantFrom(...oddities), (a, b, odd) => {
        const without = (one: Sketch): Sketch => ({ ...one, oddities: one.oddities.filter((other) => other !== odd) });
        const withIt = (one: Sketch): Sketch => ({ ...without(one), oddities: [...without(one).oddities, odd] });
        const [plainA, plainB, oddA, oddB] = [without(a), without(b), withIt(a), withIt(b)];
        const { rank: known } = analysed(plainA, plainB);
        expect(analysed(plainA, oddB).rank).toBeGreaterThanOrEqual(Math.max(known, rank("K3")));
        expect(analysed(oddA, oddB).rank).toBeGreaterThanOrEqual(known);
        expect(analysed(oddA, plainB).rank).toBeGreaterThanOrEqual(Math.max(known, rank("K3")));
      }),
      { numRuns },
    );
  },
  timeoutMs,
);
