import { describe, expect, it } from "vitest";
import type { Prediction } from "../../../domain/impact/prediction.ts";
import { sideOf, tenantOf, type ModuleText } from "../schema/test-kit.ts";
import { predictUpdate } from "./predict-update.ts";

const model = (body = ""): string => `class Order(models.Model):\n    _name = "acme.order"\n    name = fields.Char()\n${body}`;

function predict(from: string | ModuleText, to: string | ModuleText, rows = 100): Prediction {
  const [before, after] = [sideOf({ acme: from }), sideOf({ acme: to })];
  return predictUpdate({
    before,
    after,
    tenant: tenantOf(before, { rows: { acme_order: rows } }),
    updated: new Set(["acme"]),
    installed: [],
  });
}

it("nothing that is updated changes nothing", () => {
  const side = sideOf({ acme: model() });
  expect(predictUpdate({ before: side, after: side, tenant: null, updated: new Set(), installed: [] })).toMatchObject({
    plannedClass: "K0",
    records: [],
  });
});

describe("the class of", () => {
  it.each([
    ["K2", "nothing but labels", model("    a = fields.Char('A')"), model("    a = fields.Char('B')")],
    ["K3", "a new column", model(), model("    a = fields.Char()")],
    ["K3", "a new computed column in a small table", model(), model("    a = fields.Char(compute='_c', store=True)")],
    ["K4", "a new required column", model(), model("    a = fields.Char(required=True, default='x')")],
    ["K4", "a new required column that stays without NOT NULL", model(), model("    a = fields.Char(required=True)")],
    ["K4", "another type", model("    a = fields.Char()"), model("    a = fields.Text()")],
    ["K4", "a new constraint", model(), model("    _u = models.Constraint('unique(name)', 'Once.')")],
    ["K5", "a removed column", model("    a = fields.Char()"), model()],
    ["K5", "a removed field without a column", model("    a = fields.Char(compute='_c')"), model()],
    ["K5", "a renamed field", model("    a = fields.Char()"), model("    b = fields.Char()")],
  ])("%s: %s", (plannedClass, _, from, to) => {
    expect(predict(from, to).plannedClass).toBe(plannedClass);
  });

  it("K4: a new computed column in a big table, with its time", () => {
    const plan = predict(model(), model("    a = fields.Char(compute='_c', store=True)"), 300_000);
    expect(plan).toMatchObject({
      plannedClass: "K4",
      reasons: ["acme_order.a: 300000 rows are filled, rewritten or checked, about 16 s."],
    });
    expect(plan.seconds).toBeCloseTo(16);
  });
});

describe("a migration script", () => {
  const run = (body: string, version = "19.0.1.1.0"): Prediction =>
    predict(model(), {
      python: model(),
      version,
      files: { "migrations/19.0.1.1.0/post-x.py": `def migrate(cr, version):\n    ${body}\n` },
    });

  it.each([
    ["K2", 'cr.execute("UPDATE acme_order SET name = upper(name)")', "records of acme_order"],
    ["K3", 'cr.execute("ALTER TABLE acme_order ADD COLUMN x varchar")', "columns of acme_order"],
    ["K4", 'cr.execute("ALTER TABLE acme_order ALTER COLUMN name TYPE text")', "columns of acme_order"],
    ["K5", 'cr.execute("DELETE FROM acme_order")', "records of acme_order"],
    ["K5", 'cr.execute("WITH x AS (SELECT 1) DELETE FROM acme_order")', "records of acme_order"],
    ["K5", 'cr.execute("ALTER TABLE acme_order RENAME COLUMN a TO b")', "columns of acme_order"],
    ["K5", "cr.execute(statement(version))", "*"],
    ["K5", "do_whatever(cr)", "*"],
    ["K5", 'cr.execute("UPDATE acme_order SET name = 1"); cr.execute(statement)', "*"],
    ["K5", 'cr.execute("UPDATE acme_order SET name = 1"); cr.execute(f"ALTER TABLE acme_order {version}")', "*"],
    ["K5", 'cr.execute("WITH a AS (UPDATE x SET b = 1 RETURNING c) DELETE FROM acme_order")', "records of acme_order"],
    ["K5", 'cr.execute("INSERT INTO x WITH a AS (DELETE FROM acme_order RETURNING *) SELECT * FROM a")', "records of acme_order"],
    ["K5", "cr.execute(\"UPDATE acme_order SET name = 'a--b'; DELETE FROM acme_order\")", "records of acme_order"],
    ["K5", 'cr.execute("ALTER TABLE acme_order DROP CONSTRAINT a, DROP COLUMN b")', "columns of acme_order"],
    ["K5", "cr.execute(\"UPDATE ir_module_module SET state = 'to remove' WHERE name = 'x'\")", "*"],
    ["K2", "cr.execute(\"UPDATE ir_model_data SET noupdate = true WHERE name = 'x'\")", "records of ir_model_data"],
    ["K5", "from odoo.addons.acme import tool; tool.update(cr)", "*"],
    ["K5", "update(cr)", "*"],
    ["K5", "from openupgradelib import openupgrade as o; o.rename_fields(cr, [('a', 'acme_order', 'b', 'c')])", "columns of acme_order"],
    ["K2", "from openupgradelib import openupgrade as o; o.set_xml_ids_noupdate_value(cr, 'a', ['b'], True)", "records of *"],
    ["K5", "from openupgradelib import openupgrade as o; o.set_xml_ids_noupdate_value(cr, 'a', ['b'], False)", "records of *"],
    ["K5", "from openupgradelib import openupgrade as o; o.anything_new(cr)", "*"],
  ])("%s: %s", (plannedClass, body, touches) => {
    const plan = run(body);
    expect(plan.plannedClass).toBe(plannedClass);
    expect(plan.uncertain.map((one) => one.touches)).toContain(touches);
  });

  it("of a version that isn't reached doesn't run", () => {
    expect(run("do_whatever(cr)", "19.0.1.0.1").plannedClass).toBe("K2");
  });
});

it("the hook of a new module may do anything that isn't seen to be harmless", () => {
  const before = sideOf({ acme: model() });
  const after = sideOf({
    acme: model(),
    more: { depends: ["acme"], manifest: '"post_init_hook": "fill"', files: { "__init__.py": "def fill(env):\n    whatever(env)\n" } },
  });
  const plan = predictUpdate({ before, after, tenant: tenantOf(before), updated: new Set(["acme"]), installed: ["more"] });
  expect(plan.plannedClass).toBe("K5");
  expect(plan.difference.modulesAdded).toEqual(["more"]);
});

it("a changed init is uncertain, and its SQL says how much", () => {
  const view = (sql: string): string => `${model()}
    def init(self):
        self.env.cr.execute("${sql}")
`;
  expect(predict(view("SELECT 1"), view("SELECT 1")).uncertain).toEqual([]);
  expect(predict(view("SELECT 1"), view("CREATE INDEX x ON acme_order (name)")).plannedClass).toBe("K3");
  expect(predict(view("SELECT 1"), view("DROP TABLE acme_order")).plannedClass).toBe("K5");
});

it("what can't be read and is gone may take with it what it made", () => {
  const odd = `from odoo.addons.base import make\n${model("    a = make()")}`;
  expect(predict(odd, odd).plannedClass).toBe("K2");
  expect(predict(odd, model()).plannedClass).toBe("K5");
});
