import { describe, expect, it } from "vitest";
import type { RegistryField } from "../../../domain/release/registry.ts";
import { sideOf, type Modules } from "../schema/test-kit.ts";

const registryOf = (modules: Modules): ReturnType<typeof sideOf>["registry"] => sideOf(modules).registry;

function field(modules: Modules, model: string, name: string): RegistryField {
  const found = registryOf(modules).models.get(model)?.fields.get(name);
  if (found === undefined) throw new Error(`${model} has no ${name}`);
  return found;
}

const order = `class Order(models.Model):
    _name = "acme.order"
    _description = "Order"
    code = fields.Char(required=True, size=10)
    state = fields.Selection([("a", "A"), ("b", "B")])
    amount = fields.Integer()
`;

describe("several modules", () => {
  it("say more about a field, and the last word counts", () => {
    const modules = {
      acme: order,
      more: { depends: ["acme"], python: `class Order(models.Model):\n    _inherit = "acme.order"\n    code = fields.Char(size=20)` },
      most: {
        depends: ["more"],
        python: `class Order(models.Model):\n    _inherit = "acme.order"\n    code = fields.Char(required=False)`,
      },
    };
    expect(field(modules, "acme.order", "code")).toMatchObject({
      required: false,
      columnType: "character varying(20)",
      origin: "declared",
    });
    expect(field(modules, "acme.order", "code").declared.map(({ module }) => module)).toEqual(["acme", "more", "most"]);
  });

  it("start anew with another type", () => {
    const modules = {
      acme: order,
      more: { depends: ["acme"], python: `class O(models.Model):\n    _inherit = "acme.order"\n    code = fields.Integer()` },
    };
    expect(field(modules, "acme.order", "code")).toMatchObject({ required: false, columnType: "integer" });
  });

  it("add to a selection", () => {
    const more = `class O(models.Model):\n    _inherit = "acme.order"\n    state = fields.Selection(selection_add=[("c", "C"), ("a",)])`;
    const { attributes } = field({ acme: order, more: { depends: ["acme"], python: more } }, "acme.order", "state");
    expect(attributes["selection"]).toMatchObject({
      known: true,
      value: [
        ["a", "a"],
        ["b", "b"],
        ["c", "c"],
      ],
    });
  });

  it("a mixin's extension reaches every model that has the mixin, and the model's own class has the last word", () => {
    const modules = {
      acme: `class M(models.AbstractModel):\n    _name = "acme.mixin"\n    a = fields.Char()\n    b = fields.Char()\n
class A(models.Model):\n    _name = "a"\n    _inherit = ["acme.mixin"]\n    b = fields.Char(required=True)\n`,
      more: {
        depends: ["acme"],
        python: `class M(models.AbstractModel):\n    _inherit = "acme.mixin"\n    b = fields.Char(required=False, size=3)\n    c = fields.Date()`,
      },
    };
    const a = registryOf(modules).models.get("a");
    expect(a?.fields.get("b")).toMatchObject({ required: true, columnType: "character varying(3)" });
    expect(a?.fields.get("c")).toMatchObject({ origin: "mixin", columnType: "date" });
    expect(a?.ancestors).toEqual(["acme.mixin", "base"]);
  });

  it("a mixin without a table doesn't take it from the models that have it", () => {
    const modules = {
      acme: `class M(models.AbstractModel):\n    _name = "acme.mixin"\n    _auto = False\n
class A(models.Model):\n    _name = "a"\n    _inherit = ["acme.mixin"]\n`,
    };
    expect(registryOf(modules).models.get("a")?.auto).toBe(true);
  });

  it("a copy of a model has a table and classes of its own", () => {
    const modules = {
      acme: `${order}
class Copy(models.Model):
    _name = "acme.copy"
    _inherit = "acme.order"
    _table = "acme_copies"
`,
    };
    const copy = registryOf(modules).models.get("acme.copy");
    expect(copy).toMatchObject({ table: "acme_copies", declared: [{ module: "acme" }] });
    expect(copy?.fields.get("code")).toMatchObject({ origin: "mixin", required: true });
  });

  it("a model that nobody makes can't be extended", () => {
    expect(registryOf({ acme: `class A(models.Model):\n    _inherit = "nobody.knows"\n    x = fields.Char()` }).unknowns).toMatchObject([
      { module: "acme", kind: "extends-missing-model" },
    ]);
  });
});

describe("what a field takes from elsewhere", () => {
  it("a related one from its end, a delegated one all", () => {
    const modules = {
      acme: `class A(models.Model):
    _name = "a"
    user_id = fields.Many2one("res.users")
    name = fields.Char(related="user_id.name", store=True)
    company = fields.Many2one(related="other_id.company_id", store=True)
    other_id = fields.Many2one("b")
    price = fields.Float(related="other_id.price", store=True)
    title = fields.Char(related="other_id.title", store=True)

class B(models.Model):
    _name = "b"
    company_id = fields.Many2one("res.company")
    price = fields.Float(digits="Price")
    title = fields.Char(translate=True)
`,
    };
    const { models } = registryOf(modules);
    expect(models.get("a")?.fields.get("company")).toMatchObject({ comodel: "res.company", columnType: "integer", stored: true });
    expect(models.get("a")?.fields.get("price")?.columnType).toBe("numeric");
    expect(models.get("a")?.fields.get("title")?.columnType).toBe("jsonb");
    expect(models.get("res.users")?.fields.get("email")).toMatchObject({
      origin: "delegated",
      stored: false,
      columnType: null,
      type: "char",
    });
  });

  it("fields that are related in a circle end somewhere", () => {
    const modules = {
      acme: `class A(models.Model):\n    _name = "a"\n    a_id = fields.Many2one("a")\n    x = fields.Char(related="a_id.x")`,
    };
    expect(field(modules, "a", "x")).toMatchObject({ type: "char", stored: false });
  });
});

describe("models", () => {
  it("have the fields that Odoo gives them", () => {
    const modules = {
      acme: `${order}
class Quiet(models.Model):
    _name = "acme.quiet"
    _log_access = False

class Wizard(models.TransientModel):
    _name = "acme.wizard"

class Mixin(models.AbstractModel):
    _name = "acme.mixin"
`,
    };
    const { models } = registryOf(modules);
    const magic = (name: string): string[] =>
      [...(models.get(name)?.fields.values() ?? [])].filter((one) => one.origin === "magic").map((one) => one.name);
    expect(magic("acme.order")).toEqual(["id", "display_name", "create_uid", "create_date", "write_uid", "write_date"]);
    expect(magic("acme.quiet")).toEqual(["id", "display_name"]);
    expect(magic("acme.mixin")).toEqual(["id", "display_name"]);
    expect(magic("acme.wizard")).toHaveLength(6);
    expect(models.get("acme.wizard")?.type).toBe("transient");
  });

  it("name the table of a many2many", () => {
    const modules = {
      acme: `${order}
class Tag(models.Model):
    _name = "acme.tag"
    order_ids = fields.Many2many("acme.order")
    user_ids = fields.Many2many("res.users", "tag_user", "tag", "who")
    child_ids = fields.Many2many("acme.tag", "tag_tree", "parent", "child")
    other_ids = fields.Many2many("acme.tag")
`,
    };
    const relation = (name: string): unknown => field(modules, "acme.tag", name).relation;
    expect(relation("order_ids")).toEqual({ table: "acme_order_acme_tag_rel", column1: "acme_tag_id", column2: "acme_order_id" });
    expect(relation("user_ids")).toEqual({ table: "tag_user", column1: "tag", column2: "who" });
    expect(relation("child_ids")).toEqual({ table: "tag_tree", column1: "parent", column2: "child" });
    expect(relation("other_ids")).toBeNull();
  });

  it("have constraints by their names in the database, also those of mixins", () => {
    const modules = {
      acme: `class M(models.AbstractModel):\n    _name = "acme.mixin"\n    code = fields.Char()\n    _code_uniq = models.Constraint("unique(code)", "Once.")
class A(models.Model):\n    _name = "acme.a"\n    _inherit = "acme.mixin"\n    _code_idx = models.Index("(code)")\n`,
    };
    expect([...(registryOf(modules).models.get("acme.a")?.objects.keys() ?? [])]).toEqual(["acme_a_code_uniq", "acme_a_code_idx"]);
  });

  it("list overrides of a method in the order in which they came", () => {
    const modules = {
      acme: `${order}    def go(self):\n        return 1\n`,
      more: {
        depends: ["acme"],
        python: `class O(models.Model):\n    _inherit = "acme.order"\n    def go(self):\n        return super().go()`,
      },
    };
    expect(
      registryOf(modules)
        .models.get("acme.order")
        ?.methods.get("go")
        ?.map(({ module }) => module),
    ).toEqual(["acme", "more"]);
  });
});
