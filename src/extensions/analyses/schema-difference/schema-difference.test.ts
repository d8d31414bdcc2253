import { expect, it } from "vitest";
import type { Finding } from "../../../domain/impact/finding.ts";
import { predictUpdate } from "../../../odoo/analysis/prediction/predict-update.ts";
import { sideOf, tenantOf } from "../../../odoo/analysis/schema/test-kit.ts";
import { schemaDifference } from "./schema-difference.ts";

const model = (body: string): string => `class Order(models.Model):\n    _name = "acme.order"\n    name = fields.Char()\n${body}`;

function find(from: string, to: string, rows = 20_000): Finding[] {
  const [before, after] = [sideOf({ acme: from }), sideOf({ acme: to })];
  const tenant = tenantOf(before, { rows: { acme_order: rows } });
  const prediction = predictUpdate({ before, after, tenant, updated: new Set(["acme"]), installed: [] });
  return [...schemaDifference.find({ before, after, tenant, prediction })];
}

it("says nothing about a field that only gets another label", () => {
  expect(find(model("    a = fields.Char()"), model("    a = fields.Char(string='B')"))).toEqual([]);
});

it("finds where a dropped column was declared, and how many rows lose it", () => {
  expect(find(model("    a = fields.Char()"), model(""))).toEqual([
    {
      rule: "column-dropped",
      severity: "error",
      module: "acme",
      file: "models.py",
      line: 5,
      what: "The column acme_order.a is dropped with its data.",
      meaning: "20,000 rows lose the value here.",
      evidence: ["field acme.order.a", "SQL views that read it are dropped with it"],
      atLeast: "K5",
    },
  ]);
});

it.each([
  ["field-removed", "    a = fields.Char(compute='_c')", ""],
  ["selection-value-removed", "    a = fields.Selection([('a', 'A'), ('b', 'B')])", "    a = fields.Selection([('a', 'A')])"],
  ["column-retyped", "    a = fields.Char()", "    a = fields.Text()"],
  ["company-dependence-kept", "    a = fields.Char(company_dependent=True)", "    a = fields.Char()"],
  ["column-left-behind", "    a = fields.Char()", "    a = fields.Char(compute='_c')"],
  ["long-fill", "", "    a = fields.Char(compute='_c', store=True)"],
])("finds %s", (rule, from, to) => {
  expect(find(model(from), model(to)).map((finding) => finding.rule)).toEqual([rule]);
});

it("finds a model that is gone once, not each of its fields", () => {
  expect(
    find(`${model("")}\nclass Wagon(models.Model):\n    _name = "acme.wagon"\n    a = fields.Char()`, model("")).map(
      (finding) => finding.rule,
    ),
  ).toEqual(["model-removed"]);
});

const delegating = `\nclass Sub(models.Model):\n    _name = "acme.sub"\n    _inherits = {"acme.order": "order_id"}
    order_id = fields.Many2one("acme.order", required=True, ondelete="cascade")`;

it("tells a field that other models have by delegation once, where it was declared", () => {
  const computed = "    a = fields.Char(compute='_c')";
  expect(find(model(computed) + delegating, model("") + delegating)).toMatchObject([
    { rule: "field-removed", module: "acme", line: 5, what: "The field acme.order.a is gone. One more model has it from there." },
  ]);
  expect(find(model("    a = fields.Char()") + delegating, model("") + delegating).map(({ rule }) => rule)).toEqual(["column-dropped"]);
});

it("says what can't be told, and of which module", () => {
  const findings = find(model("    a = fields.Char()"), model("    a = fields.Char(required=ODD)"));
  expect(findings).toMatchObject([{ rule: "schema-unsure", module: "acme", unsure: true, evidence: ["columns of acme_order"] }]);
});
