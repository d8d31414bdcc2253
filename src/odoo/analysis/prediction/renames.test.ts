import { expect, it } from "vitest";
import type { Prediction } from "../../../domain/impact/prediction.ts";
import { sideOf, tenantOf } from "../schema/test-kit.ts";
import { predictUpdate } from "./predict-update.ts";

function model(name: string, fields: string): string {
  return `class Order(models.Model):\n    _name = "${name}"\n${fields}`;
}

function predict(from: string, to: string, body: string): Prediction {
  const script = `from openupgradelib import openupgrade\n@openupgrade.migrate()\ndef migrate(env, version):\n    ${body}\n`;
  const before = sideOf({ acme: from });
  const after = sideOf({ acme: { python: to, version: "19.0.1.1.0", files: { "migrations/19.0.1.1.0/pre-x.py": script } } });
  return predictUpdate({
    before,
    after,
    tenant: tenantOf(before, { rows: { acme_order: 50 } }),
    updated: new Set(["acme"]),
    installed: [],
  });
}

const [old, now] = ["a", "b"].map((name) => model("acme.order", `    ${name} = fields.Many2one("res.partner", required=True)\n`)) as [
  string,
  string,
];

it("a renamed field keeps its column: it stays filled and NOT NULL, with its foreign key", () => {
  const plain = predict(old, now, "pass");
  const { difference, preChecks, plannedClass } = predict(
    old,
    now,
    'openupgrade.rename_fields(env, [("acme.order", "acme_order", "a", "b")])',
  );
  expect(plain.difference.constraintsRemoved).toEqual([
    "acme_order.acme_order_a_fkey: FOREIGN KEY (a) REFERENCES res_partner(id) ON DELETE RESTRICT",
  ]);
  expect(difference).toMatchObject({
    columnsRemoved: ["acme_order.a"],
    columnsAdded: ["acme_order.b"],
    columnsRequired: ["acme_order.b"],
    fieldsRemoved: ["acme.order.a"],
    constraintsAdded: ["acme_order.acme_order_a_fkey: FOREIGN KEY (b) REFERENCES res_partner(id) ON DELETE RESTRICT"],
  });
  expect(preChecks).toEqual([]);
  // The old code can't live with it, and whoever reads the column finds it gone.
  expect(plannedClass).toBe("K5");
});

it("a column that is put aside is kept beside the new one", () => {
  const { difference } = predict(
    model("acme.order", "    a = fields.Char()\n"),
    model("acme.order", "    a = fields.Integer()\n"),
    'openupgrade.rename_columns(env.cr, {"acme_order": [("a", "a_before")]})',
  );
  expect(difference).toMatchObject({
    columnsAdded: ["acme_order.a_before"],
    columnsRemoved: [],
    columnsRetyped: ["acme_order.a: character varying → integer"],
  });
});

it("a renamed table takes its rows, columns and constraints with it", () => {
  const [from, to] = ["acme.order", "acme.sale"].map((name) => model(name, '    a = fields.Many2one("res.partner")\n')) as [string, string];
  const { difference } = predict(from, to, 'openupgrade.rename_tables(env.cr, [("acme_order", "acme_sale")])');
  expect(difference).toMatchObject({ tablesRemoved: ["acme_order"], tablesAdded: ["acme_sale"], rowsLost: [] });
});

it("what isn't written in the call renames nothing, and may be anything", () => {
  const { difference, uncertain } = predict(old, now, "openupgrade.rename_fields(env, specs())");
  expect(difference.columnsRequired).toEqual([]);
  expect(uncertain.map(({ touches }) => touches)).toContain("*");
});
