import { describe, expect, it } from "vitest";
import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { DatabaseDifference } from "../../../domain/impact/impact.ts";
import { freshCatalogue } from "./fresh-catalogue.ts";
import { predictSchemaUpdate, type SchemaPrediction } from "./predict-schema-update.ts";
import { sideOf, tenantOf, type Modules } from "./test-kit.ts";

const order = (fields: string): Modules => ({
  acme: `class Order(models.Model):
    _name = "acme.order"
    _description = "Order"
    name = fields.Char()
${fields}`,
});

interface Run {
  readonly updated?: readonly string[];
  /** What the database has beside what the old modules give. */
  readonly database?: Partial<CatalogueSnapshot>;
}

function update(from: Modules, to: Modules, { updated = Object.keys(to), database }: Run = {}): SchemaPrediction {
  const [before, after] = [sideOf(from), sideOf(to)];
  const { catalogue } = tenantOf(before, database);
  return predictSchemaUpdate({ catalogue, before: before.registry, after: after.registry, modules: new Set(updated) });
}

/** Only the lists that have something. */
function seen({ difference }: SchemaPrediction): Partial<DatabaseDifference> {
  return Object.fromEntries(Object.entries(difference).filter(([, list]) => list.length > 0));
}

const rows = (count: number): Run => ({ database: { rows: { acme_order: count } } });

describe("a field that", () => {
  it("stays changes nothing", () => {
    expect(seen(update(order("    a = fields.Char()"), order("    a = fields.Char(string='Other', help='More')")))).toEqual({});
  });

  it("is new gets a column, an index and a foreign key", () => {
    const to = order(
      "    a = fields.Char(index=True)\n    who = fields.Many2one('res.users', ondelete='cascade')\n    shown = fields.Char(compute='_c')",
    );
    expect(seen(update(order(""), to))).toEqual({
      columnsAdded: ["acme_order.a", "acme_order.who"],
      constraintsAdded: ["acme_order.acme_order_who_fkey: FOREIGN KEY (who) REFERENCES res_users(id) ON DELETE CASCADE"],
      indexesAdded: ["acme_order__a_index: CREATE INDEX acme_order__a_index ON public.acme_order USING btree (a)"],
    });
  });

  it("is new and required is NOT NULL where its rows get a value", () => {
    const required = (more: string): Modules => order(`    a = fields.Char(required=True${more})`);
    expect(update(order(""), required(", default='x'"), rows(5)).difference.columnsRequired).toEqual(["acme_order.a"]);
    expect(update(order(""), required(""), rows(0)).difference.columnsRequired).toEqual(["acme_order.a"]);
    const refused = update(order(""), required(""), rows(5));
    expect(refused.difference).toMatchObject({ columnsAdded: ["acme_order.a"], columnsRequired: [] });
    expect(refused.uncertain).toMatchObject([{ touches: "columns of acme_order" }]);
  });

  it("is gone takes its column with everything on it", () => {
    const from = order(`    who = fields.Many2one("res.users", index=True)
    code = fields.Char()
    _code_uniq = models.Constraint("unique(code, name)", "Once.")
`);
    expect(
      seen(update(from, order("    code = fields.Char()\n    _code_uniq = models.Constraint('unique(code, name)', 'Once.')\n"))),
    ).toEqual({
      columnsRemoved: ["acme_order.who"],
      constraintsRemoved: ["acme_order.acme_order_who_fkey: FOREIGN KEY (who) REFERENCES res_users(id) ON DELETE SET NULL"],
      fieldsRemoved: ["acme.order.who"],
      indexesRemoved: ["acme_order__who_index: CREATE INDEX acme_order__who_index ON public.acme_order USING btree (who)"],
    });
  });

  it("is gone from a module that isn't updated stays", () => {
    const more = { depends: ["acme"], python: 'class O(models.Model):\n    _inherit = "acme.order"\n    b = fields.Char()' };
    expect(seen(update({ ...order(""), more }, { ...order(""), more: { depends: ["acme"], python: "" } }, { updated: ["acme"] }))).toEqual(
      {},
    );
  });

  it("another module has too stays when one of them drops it", () => {
    const more = { depends: ["acme"], python: 'class O(models.Model):\n    _inherit = "acme.order"\n    b = fields.Char()' };
    expect(seen(update({ ...order("    b = fields.Char()"), more }, { ...order(""), more }))).toEqual({});
  });

  it("a person added stays", () => {
    const before = freshCatalogue(sideOf(order("")));
    const database = {
      fields: { ...before.fields, "acme.order.x_own": { id: 9_999, kind: "char stored manual" } },
      columns: { ...before.columns, "acme_order.x_own": { type: "character varying", notNull: false, hasDefault: false } },
    };
    expect(seen(update(order(""), order(""), { database }))).toEqual({});
  });

  it("isn't stored any more keeps its column without NOT NULL", () => {
    const plan = update(order("    a = fields.Char(required=True)"), order("    a = fields.Char(compute='_c')"));
    expect(seen(plan)).toEqual({ columnsRelaxed: ["acme_order.a"] });
    expect(plan.changes).toContainEqual(expect.objectContaining({ kind: "column-kept", column: "a" }));
  });

  it("becomes required, and no longer is", () => {
    const [plain, required] = [order("    a = fields.Char()"), order("    a = fields.Char(required=True)")];
    expect(seen(update(plain, required))).toEqual({ columnsRequired: ["acme_order.a"] });
    expect(seen(update(required, plain))).toEqual({ columnsRelaxed: ["acme_order.a"] });
  });

  it.each([
    ["Integer()", "Float()", "integer → double precision"],
    ["Float()", "Float(digits=(16, 2))", "double precision → numeric"],
    ["Char()", "Char(translate=True)", "character varying → jsonb"],
    ["Text(translate=True)", "Text()", "jsonb → text"],
    ["Char()", "Text()", "character varying → text"],
    ["Char(size=8)", "Char(size=16)", "character varying(8) → character varying(16)"],
    ["Char(size=8)", "Char()", "character varying(8) → character varying"],
    ["Char()", "Char(company_dependent=True)", "character varying → jsonb"],
    ["Selection([('a', 'A')])", "Integer()", "character varying → integer"],
  ])("was fields.%s and is fields.%s", (from, to, expected) => {
    const plan = update(order(`    a = fields.${from}`), order(`    a = fields.${to}`));
    expect(plan.difference.columnsRetyped).toEqual([`acme_order.a: ${expected}`]);
  });

  it.each([
    ["Char(size=16)", "Char(size=8)"],
    ["Char()", "Char(size=8)"],
    ["Char(company_dependent=True)", "Char()"],
    ["Float(digits=(16, 2))", "Monetary()"],
    ["Selection([('a', 'A')])", "Char()"],
  ])("was fields.%s and is fields.%s keeps its type", (from, to) => {
    expect(update(order(`    a = fields.${from}`), order(`    a = fields.${to}`)).difference.columnsRetyped).toEqual([]);
  });

  it("refers to another model gets another foreign key", () => {
    const plan = update(order('    a = fields.Many2one("res.users")'), order('    a = fields.Many2one("res.partner")'));
    expect(seen(plan)).toEqual({
      constraintsAdded: ["acme_order.acme_order_a_fkey: FOREIGN KEY (a) REFERENCES res_partner(id) ON DELETE SET NULL"],
      constraintsRemoved: ["acme_order.acme_order_a_fkey: FOREIGN KEY (a) REFERENCES res_users(id) ON DELETE SET NULL"],
    });
  });

  it("loses its index keeps it", () => {
    expect(seen(update(order("    a = fields.Char(index=True)"), order("    a = fields.Char()")))).toEqual({});
  });

  it("is of a type of its own can't be told when it changes", () => {
    const own = (size: number): Modules => ({
      acme: `class Pt(fields.Field):\n    type = "pt"\n\nclass O(models.Model):\n    _name = "acme.order"\n    a = Pt(size=${size}, required=${size > 1 ? "True" : "False"})`,
    });
    expect(update(own(1), own(1)).uncertain).toEqual([]);
    expect(update(own(1), own(2)).risks).toMatchObject([{ atLeast: "K4" }]);
  });
});

describe("a model that", () => {
  const wagon = `
class Wagon(models.Model):
    _name = "acme.wagon"
    order_ids = fields.Many2many("acme.order")
    _name_uniq = models.Constraint("unique(id)", "Once.")
`;

  it("is new gets tables", () => {
    expect(seen(update(order(""), order(wagon)))).toEqual({
      tablesAdded: ["acme_order_acme_wagon_rel", "acme_wagon"],
      otherChanges: ["sequence acme_wagon_id_seq added"],
    });
  });

  it("is gone leaves its table, without its constraints", () => {
    const gone = update(order(wagon), order(""));
    expect(gone.difference).toMatchObject({
      tablesRemoved: [],
      columnsRemoved: [],
      constraintsRemoved: ["acme_wagon.acme_wagon_name_uniq: UNIQUE (id)"],
    });
    expect(gone.difference.fieldsRemoved).toContain("acme.wagon.order_ids");
  });

  it("has no table of Odoo's making gets its view from its own SQL", () => {
    const report = `
class Report(models.Model):
    _name = "acme.report"
    _auto = False
    name = fields.Char()

    def init(self):
        self.env.cr.execute("CREATE VIEW acme_report AS SELECT 1")
`;
    expect(seen(update(order(""), order(report)))).toEqual({ otherChanges: ["view acme_report added"] });
  });
});

describe("a constraint", () => {
  const unique = (definition: string): Modules => order(`    code = fields.Char()\n    _code = models.Constraint("${definition}", "No.")`);
  const plain = order("    code = fields.Char()");

  it("is added, changed and removed", () => {
    const text = (columns: string): string[] => [`acme_order.acme_order_code: UNIQUE (${columns})`];
    expect(update(plain, unique("unique(code)")).difference.constraintsAdded).toEqual(text("code"));
    expect(update(unique("unique(code)"), unique("unique(code, name)")).difference).toMatchObject({
      constraintsAdded: text("code, name"),
      constraintsRemoved: text("code"),
    });
    expect(update(unique("unique(code)"), plain).difference).toMatchObject({
      constraintsRemoved: text("code"),
      indexesRemoved: ["acme_order_code: CREATE UNIQUE INDEX acme_order_code ON public.acme_order USING btree (code)"],
    });
  });

  it("that the database lacks already may come now", () => {
    const before = freshCatalogue(sideOf(unique("unique(code)")));
    const { "acme_order.acme_order_code": _, ...constraints } = before.constraints;
    const plan = update(unique("unique(code)"), unique("unique(code)"), { database: { constraints } });
    expect(seen(plan)).toEqual({});
    expect(plan.risks).toMatchObject([{ atLeast: "K4" }]);
  });

  it("that a mixin brings is on the tables of all its models", () => {
    const from = {
      acme: `class M(models.AbstractModel):\n    _name = "acme.mixin"\n    code = fields.Char()
class A(models.Model):\n    _name = "acme.a"\n    _inherit = "acme.mixin"\n`,
    };
    const to = {
      acme: `${from.acme.replace("code = fields.Char()", 'code = fields.Char()\n    _c = models.Constraint("CHECK(code IS NOT NULL)", "")')}`,
    };
    expect(update(from, to).difference.constraintsAdded).toEqual(["acme_a.acme_a_c: CHECK ((code IS NOT NULL))"]);
  });
});

it("a declared index is one of its own", () => {
  const to = order('    _n = models.Index("(name, id DESC) WHERE name IS NOT NULL")\n    _u = models.UniqueIndex("(name)")');
  expect(update(order(""), to).difference.indexesAdded).toEqual([
    "acme_order_n: CREATE INDEX acme_order_n ON public.acme_order USING btree (name, id DESC) WHERE (name IS NOT NULL)",
    "acme_order_u: CREATE UNIQUE INDEX acme_order_u ON public.acme_order USING btree (name)",
  ]);
});
