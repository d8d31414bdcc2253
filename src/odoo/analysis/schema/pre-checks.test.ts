import { describe, expect, it } from "vitest";
import { preChecksFor, type PreChecks } from "./pre-checks.ts";
import { predictSchemaUpdate } from "./predict-schema-update.ts";
import { sideOf, tenantOf } from "./test-kit.ts";

const model = (body: string): string =>
  `class Order(models.Model):\n    _name = "acme.order"\n    _description = "Order"\n    name = fields.Char()\n${body}`;

function checks(from: string, to: string): PreChecks {
  const [before, after] = [sideOf({ acme: model(from) }), sideOf({ acme: model(to) })];
  const { catalogue } = tenantOf(before, { rows: { acme_order: 10 } });
  const { changes } = predictSchemaUpdate({ catalogue, before: before.registry, after: after.registry, modules: new Set(["acme"]) });
  return preChecksFor(changes, catalogue, after.registry);
}

describe("a question is asked about", () => {
  it("duplicates under a unique constraint", () => {
    const code = '    code = fields.Char("Number")\n';
    const { preChecks } = checks(code, `${code}    _u = models.Constraint("unique(code, name)", "Once.")`);
    expect(preChecks).toEqual([
      {
        id: "unique:acme_order:acme_order_u",
        kind: "duplicates",
        what: "No two records of Order may have the same Number and name.",
        sql: "SELECT concat_ws(', ', code, name) || ' (' || count(*) || ' times)' AS example, count(*) OVER () AS total FROM acme_order WHERE code IS NOT NULL AND name IS NOT NULL GROUP BY code, name HAVING count(*) > 1 LIMIT 20",
        otherwise: "warns",
      },
    ]);
  });

  it("the rows that a unique index is about", () => {
    const { preChecks } = checks(
      "    code = fields.Char()\n",
      '    code = fields.Char()\n    _u = models.UniqueIndex("(lower(code)) WHERE name IS NULL")',
    );
    expect(preChecks[0]?.sql).toContain("WHERE code IS NOT NULL AND (name IS NULL) GROUP BY lower(code) HAVING");
  });

  it("rows without a value that gets required", () => {
    expect(checks("    a = fields.Char()", "    a = fields.Char(required=True)").preChecks).toMatchObject([
      { id: "nulls:acme_order:a", otherwise: "warns", sql: expect.stringContaining("WHERE a IS NULL") },
    ]);
    expect(checks("", "    a = fields.Char(required=True)").preChecks).toMatchObject([
      { id: "nulls:acme_order:a", sql: expect.stringContaining("WHERE TRUE") },
    ]);
    expect(checks("    a = fields.Char()", "    a = fields.Char(required=True, default='x')").preChecks).toEqual([]);
  });

  it("values that don't fit the new type", () => {
    expect(checks("    a = fields.Char()", "    a = fields.Integer()").preChecks).toMatchObject([
      { kind: "uncastable", otherwise: "fails" },
    ]);
    expect(checks("    a = fields.Integer()", "    a = fields.Date()").preChecks[0]?.sql).toContain("WHERE a IS NOT NULL");
    expect(checks("    a = fields.Integer()", "    a = fields.Char()").preChecks).toEqual([]);
  });

  it("references to what isn't there", () => {
    const { preChecks } = checks("    a = fields.Integer()", "    a = fields.Many2one('res.partner')");
    expect(preChecks).toMatchObject([
      { kind: "orphans", otherwise: "fails", sql: expect.stringContaining("NOT EXISTS (SELECT 1 FROM res_partner") },
    ]);
  });

  it("rows that break a check", () => {
    const { preChecks } = checks(
      "    a = fields.Integer()",
      '    a = fields.Integer()\n    _a = models.Constraint("CHECK(a >= 0 AND name <> \'x\')", "No.")',
    );
    expect(preChecks[0]?.sql).toContain("FROM acme_order WHERE NOT (a >= 0 AND name <> 'x') LIMIT 20");
  });
});

describe("no question is asked", () => {
  it.each([
    "CHECK(pg_sleep(10) IS NULL)",
    "CHECK(a > 0); DROP TABLE acme_order; --)",
    "CHECK(a > 0)) LIMIT 20; SELECT (1",
    "CHECK((SELECT 1) > 0)",
    "CHECK(a > 0 /* x */)",
    "EXCLUDE USING gist (name WITH =)",
    "CHECK(new_column > 0)",
  ])("with %s", (definition) => {
    const { preChecks, uncertain } = checks(
      "    a = fields.Integer()",
      `    a = fields.Integer()\n    new_column = fields.Integer()\n    _a = models.Constraint("${definition}", "No.")`,
    );
    expect(preChecks).toEqual([]);
    expect(uncertain).toMatchObject([{ touches: "constraints of acme_order" }]);
  });
});
