import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf, sampleBaseFiles } from "../../../../test/conformance/sample-grounds.ts";
import { fieldReferences } from "./field-references.ts";

type Files = ReturnType<typeof moduleOf>;

const base = { ...sampleBaseFiles, "base/ui.py": uiModels(), "base/__init__.py": "from . import models, ui\n" };

function uiModels(): string {
  const fields =
    "    name = fields.Char()\n    model = fields.Char()\n    arch = fields.Text()\n    inherit_id = fields.Many2one('ir.ui.view')\n";
  return `from odoo import fields, models\n\n\nclass View(models.Model):\n    _name = "ir.ui.view"\n${fields}`;
}

function acme(options: { readonly arch?: string; readonly python?: string; readonly data?: string }): Files {
  const { arch = '<form><field name="name"/></form>', data = "", python = "" } = options;
  const view = `<record id="form" model="ir.ui.view"><field name="name">f</field><field name="model">acme.order</field><field name="arch" type="xml">${arch}</field></record>`;
  return {
    ...moduleOf("acme", '"data": ["views.xml"]'),
    "acme/__init__.py": "from . import order\n",
    "acme/order.py": `from odoo import api, fields, models


class Order(models.Model):
    _name = "acme.order"
    name = fields.Char()
    partner_id = fields.Many2one("res.partner")
    line_ids = fields.One2many("acme.line", "order_id")
${python}
    def action_confirm(self):
        pass


class Line(models.Model):
    _name = "acme.line"
    order_id = fields.Many2one("acme.order")
    amount = fields.Float()
`,
    "acme/views.xml": `<odoo>${view}${data}</odoo>`,
  };
}

const findings = (options: Parameters<typeof acme>[0]): string[] => found(fieldReferences, { base, old: null, new: acme(options) });

it.each([
  ["a field", '<form><field name="nome"/></form>', /^view-field-missing acme: .*the field nome doesn't exist in acme.order/],
  [
    "a field of lines",
    '<form><field name="line_ids"><list><field name="name"/></list></field></form>',
    /the field name doesn't exist in acme.line/,
  ],
  ["a name in an expression", '<form><field name="name" invisible="stat == 1"/></form>', /^view-name-missing acme: .*stat is no field/],
  [
    "a path in a domain",
    "<form><field name=\"partner_id\" domain=\"[('name.x', '=', 1), ('nope', '=', 1)]\"/></form>",
    /^view-path-missing acme: .*the path nope/,
  ],
  ["a method", '<form><button type="object" name="action_aprove"/></form>', /^view-method-missing acme: .*action_aprove/],
  ["a label", '<form><label for="nope"/></form>', /^view-label-missing acme: /],
  ["an expression", '<form><field name="name" readonly="[x for x in name]"/></form>', /^view-expression-invalid acme: /],
  ["a group", '<form><field name="name" groups="base.group_nobody"/></form>', /^view-group-missing acme: /],
  ["a grouping", "<search><filter name=\"g\" context=\"{'group_by': 'nope:month'}\"/></search>", /^view-field-missing acme: .*nope/],
])("finds %s in a view that isn't there", (_what, arch, says) => {
  expect(findings({ arch })).toEqual([expect.stringMatching(says)]);
});

it.each([
  [
    "related",
    '    town = fields.Char(related="partner_id.town")\n',
    /^related-missing acme: acme.order.town is related to partner_id.town/,
  ],
  ["compute", '    total = fields.Float(compute="_compute_totl")\n', /^compute-missing acme: .*_compute_totl/],
  ["comodel", '    user_id = fields.Many2one("res.usr")\n', /^comodel-missing acme: .*res.usr/],
  ["inverse", '    more_ids = fields.One2many("acme.line", "ordr_id")\n', /^inverse-missing acme: .*ordr_id/],
  ["groups", '    secret = fields.Char(groups="acme.group_secret")\n', /^field-group-missing acme: /],
  [
    "depends",
    '    total = fields.Float(compute="_total")\n\n    @api.depends("line_ids.prise")\n    def _total(self):\n        pass\n',
    /^depends-missing acme: acme.order._total depends on line_ids.prise/,
  ],
])("finds a wrong %s of a field", (_what, python, says) => {
  expect(findings({ python })).toEqual([expect.stringMatching(says)]);
});

it("finds records of models and with fields that don't exist", () => {
  expect(
    findings({ data: '<record id="a" model="acme.ordr"/><record id="b" model="acme.order"><field name="nope">1</field></record>' }),
  ).toEqual([
    "record-model-missing acme: acme.a is of the model acme.ordr, which doesn't exist.",
    "record-field-missing acme: acme.b gives a value to nope, which acme.order doesn't have.",
  ]);
});

it("leaves alone what is there", () => {
  const arch =
    '<form><header><button type="object" name="action_confirm" invisible="not name"/></header><label for="name"/><field name="name"/>' +
    "<field name=\"partner_id\" domain=\"[('active', '=', True), ('name', '=', name)]\" context=\"{'default_name': name}\"/>" +
    '<field name="line_ids"><list editable="top"><field name="amount" readonly="parent.name"/></list></field></form>';
  const python =
    '    total = fields.Float(compute="_total")\n\n    @api.depends("line_ids.amount", "partner_id.name")\n    def _total(self):\n        pass\n';
  expect(findings({ arch, python })).toEqual([]);
});

it("says that the release removes a field that an unchanged view shows, with the line", () => {
  const before = acme({ python: "    note = fields.Char()\n", arch: '<form>\n<field\n name="name"/>\n<field name="note"/></form>' });
  const after = { ...before, "acme/order.py": (before["acme/order.py"] as string).replace("    note = fields.Char()\n", "") };
  const all = [...fieldReferences.find(groundOf({ base, old: before, new: after }))];
  expect(all).toMatchObject([
    { rule: "view-field-missing", file: "views.xml", line: 4, what: expect.stringContaining("which the release removes") },
  ]);
  expect(found(fieldReferences, { base, old: after, new: after })).toEqual([]);
});
