import { expect, it } from "vitest";
import { predictUpdate } from "../../../odoo/analysis/prediction/predict-update.ts";
import { sideOf, tenantOf } from "../../../odoo/analysis/schema/test-kit.ts";
import { constraintPreChecks } from "./constraint-pre-checks.ts";

const model = (body: string): string =>
  `class Order(models.Model):\n    _name = "acme.order"\n    _description = "Order"\n    code = fields.Char("Number")\n${body}`;

it.each([
  ["data-must-be-unique", 5, model('    _u = models.Constraint("unique(code)", "Once.")')],
  ["data-must-satisfy", 5, model('    _u = models.Constraint("check(code <> \'\')", "Not empty.")')],
  ["data-must-have-values", 4, model("").replace('"Number"', '"Number", required=True')],
  ["data-must-fit-type", 4, model("").replace("Char", "Float")],
])("finds %s where it is declared", (rule, line, to) => {
  const [before, after] = [sideOf({ acme: model("") }), sideOf({ acme: to })];
  const tenant = tenantOf(before, { rows: { acme_order: 7 } });
  const prediction = predictUpdate({ before, after, tenant, updated: new Set(["acme"]), installed: [] });
  const found = [...constraintPreChecks.find({ before, after, tenant, prediction })];
  // The import of Odoo's names is the first line.
  expect(found).toMatchObject([{ rule, module: "acme", file: "models.py", line: line + 1, meaning: expect.stringContaining("7 rows") }]);
  expect(found[0]?.evidence[0]).toMatch(/^SELECT .* FROM acme_order .* LIMIT 20$/);
});
