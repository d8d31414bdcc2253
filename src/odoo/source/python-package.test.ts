import { describe, expect, it } from "vitest";
import type { ModelClass } from "../../domain/release/module-source.ts";
import { readPythonPackage } from "./python-package.ts";

const odoo = "from odoo import api, fields, http, models\n";

function read(files: Readonly<Record<string, string | null>>): ReturnType<typeof readPythonPackage> {
  return readPythonPackage({ module: "sale_x", files: new Map(Object.entries(files)) });
}

function unknownsIn(text: string): string[] {
  const { python, unknowns } = read({ "__init__.py": odoo + text });
  return [...unknowns, ...python.flatMap((file) => file.unknowns)].map(({ kind, line }) => `${kind} ${line - 1}`);
}

function modelOf(body: string, before = ""): ModelClass {
  const { python } = read({ "__init__.py": `${odoo}${before}class SaleOrder(models.Model):\n${body.replace(/^(?=.)/gm, "    ")}` });
  const model = python[0]?.classes[0];
  if (model === undefined) throw new Error("no model");
  return model;
}

function value(given: unknown): unknown {
  return { known: true, value: given };
}

describe("fields", () => {
  it.each([
    ["Char('Label', required=True)", { string: "Label", required: true }],
    ["Many2one('res.partner', 'Partner')", { comodel_name: "res.partner", string: "Partner" }],
    ["One2many('a.b', 'c_id', 'Lines')", { comodel_name: "a.b", inverse_name: "c_id", string: "Lines" }],
    ["Many2many('a', 'rel', 'c1', 'c2', 'L')", { comodel_name: "a", relation: "rel", column1: "c1", column2: "c2", string: "L" }],
    [
      "Selection([('a', 'A'), ('b', \"B\" ' C')], 'S')",
      {
        selection: [
          ["a", "A"],
          ["b", "B C"],
        ],
        string: "S",
      },
    ],
    ["Float('F', (16, 2))", { string: "F", digits: [16, 2] }],
    ["Monetary('M', 'currency_id')", { string: "M", currency_field: "currency_id" }],
    ["Reference(selection=[], string='R')", { selection: [], string: "R" }],
    ["Many2oneReference('R', model_field='m')", { string: "R", model_field: "m" }],
    ["Integer(default=-1, group_operator=None)", { default: -1, group_operator: null }],
  ])("take arguments as Odoo's constructors do: %s", (call, expected) => {
    expect(modelOf(`x = fields.${call}`).fields).toEqual([
      {
        name: "x",
        line: 3,
        type: call.slice(0, call.indexOf("(")),
        attributes: Object.fromEntries(Object.entries(expected).map(([name, one]) => [name, value(one)])),
      },
    ]);
  });

  it("keep what can't be told as normalised text", () => {
    const [one, two] = [
      "x = fields.Char(default=lambda self: self._a( 'b',\n  ))",
      'x = fields.Char(default=lambda self:self._a("b")) # why',
    ].map((text) => modelOf(text).fields[0]?.attributes["default"]);
    expect(one).toMatchObject({ known: false, text: 'lambda self: self._a("b")' });
    expect(two).toEqual(one);
  });

  it("resolve constants of the class, of the file, and of other files of the module", () => {
    const { python } = read({
      "__init__.py": "from . import models",
      "models.py": `${odoo}from .const import BASE, more as m\nfrom . import const\nALL = BASE + [('z', f"{const.NAME} Z")]\nOPTIONS = dict\n
class A(models.Model):
    _name = "a" + ".b"
    _size = 5
    kind = fields.Selection([*ALL, ("y", m)], size=_size)
    other = fields.Selection(CHANGED)
CHANGED = []
CHANGED.append(("a", "A"))`,
      "const.py": "BASE = [('x', 'X')]\nmore = NAME = 'Y'\n",
    });
    const model = python.find(({ file }) => file === "models.py")?.classes[0];
    expect(model?.name).toBe("a.b");
    expect(model?.fields[0]?.attributes).toEqual({
      selection: value([
        ["x", "X"],
        ["z", "Y Z"],
        ["y", "Y"],
      ]),
      size: value(5),
    });
    expect(model?.fields[1]?.attributes).toEqual({ selection: { known: false, text: "CHANGED" } });
  });

  it("are what a name stands for at the end of the class", () => {
    const model = modelOf(
      "x = fields.Char()\ny = z = fields.Integer()\nx = fields.Text()\nz = None\ndef y(self): pass\nw = fields.Domain([])",
    );
    expect(model.fields.map(({ name, type }) => `${name} ${type}`)).toEqual(["x Text"]);
  });

  it("may be of types of the module's own", () => {
    const model = modelOf("x = Upper('U')", "from odoo.fields import Char as C\nclass Upper(C): pass\n");
    expect(model.fields).toMatchObject([{ type: "Upper", attributes: { string: value("U") } }]);
  });
});

describe("a model", () => {
  it("has names as Odoo 19 gives them", () => {
    const of = (body: string): unknown => (({ name, inherit }) => [name, inherit])(modelOf(body));
    expect(of('_inherit = "sale.order"')).toEqual(["sale.order", ["sale.order"]]);
    expect(of('_inherit = ["x.mixin"]')).toEqual(["sale.order", ["x.mixin"]]);
    expect(of('_name = _description = "x"\n_inherit = ("a", "b")')).toEqual(["x", ["a", "b"]]);
  });

  it("has attributes, delegation, table objects and methods", () => {
    const model = modelOf(`_name = "x"
_inherits = {"res.partner": "partner_id"}
_order = "a, " "b"
user_id = fields.Many2one("res.users", delegate=True)
_name_uniq = models.Constraint("UNIQUE(name)", "Unique!")
_a_idx = models.Index("(a) WHERE b")
_b_idx = models.UniqueIndex(lambda r: "(b)")

@api.depends("a", *["b"])
def _compute(self, x: int = 1, *, y=None, **kw):
    return super()._compute(x)
@staticmethod
def f(a): pass
g = f`);
    expect(model).toMatchObject({
      type: "model",
      bases: ["models.Model"],
      inherits: { "res.partner": "partner_id", "res.users": "user_id" },
      attributes: { _order: value("a, b") },
      objects: [
        { name: "name_uniq", type: "constraint", definition: value("UNIQUE(name)") },
        { name: "a_idx", type: "index", definition: value("(a) WHERE b") },
        { name: "b_idx", type: "unique index", definition: { known: false } },
      ],
      methods: [
        {
          name: "_compute",
          line: 12,
          callsSuper: true,
          parameters: ["x=1", "*", "y=None", "**kw"],
          decorators: [{ name: "api.depends", args: [value("a"), value("b")] }],
        },
        { name: "f", parameters: ["a"], callsSuper: false },
        { name: "g" },
      ],
    });
    expect(Object.keys(model.attributes)).toEqual(["_order"]);
  });

  it("has methods whose digests tell code from formatting", () => {
    const digest = (body: string): string | undefined => modelOf(`def f(self):\n${body.replace(/^/gm, "  ")}`).methods[0]?.digest;
    expect(digest("if a:\n    # why\n    b('c',\n      d)\ne()")).toBe(digest('if a:\n  b("c", d,)\n\ne()  # what'));
    expect(digest("if a:\n    b()\ne()")).not.toBe(digest("if a:\n    b()\n    e()"));
    expect(digest("x = (1)")).not.toBe(digest("x = (1,)"));
  });

  it("isn't what another framework or library calls so", () => {
    const { python } = read({
      "__init__.py":
        "from odoo.addons.component.core import Component\nfrom marshmallow import fields, Schema\nclass A(Component):\n    _name = 'a'\nclass B(Schema):\n    _name = 'b'\n    x = fields.Char()\n",
    });
    expect(python[0]).toMatchObject({ classes: [], unknowns: [] });
  });

  it("loses _sql_constraints, which Odoo 19 ignores, and says so", () => {
    const { problems } = read({
      "__init__.py": `${odoo}class A(models.Model):\n    _name = "a"\n    _sql_constraints = [("a", "UNIQUE(a)", "")]`,
    });
    expect(problems).toMatchObject([{ kind: "sql-constraints-ignored", line: 4 }]);
  });
});

describe("what can't be known without running Python", () => {
  const model = "class A(models.Model):\n    _name = 'a'\n";
  it.each([
    ["class A(models.Model):\n    _name = f()", "computed-model-name 1"],
    ["class A(models.Model):\n    _name = 'a'\n    _inherit = get('x')", "computed-inherit 1"],
    ["class A(models.Model):\n    _name = 'a'\n    _inherits = f()", "computed-inherits 1"],
    [`if a:\n${model.replace(/^(?=.)/gm, "  ")}`, "class-in-condition 2"],
    [`def f():\n${model.replace(/^(?=.)/gm, "  ")}`, "class-in-function 2"],
    [`@deco\n${model}`, "class-decorator 2"],
    ["X = type('X', (models.Model,), {'_name': 'x'})", "computed-class 1"],
    [`${model}    if b:\n        x = fields.Char()`, "attribute-in-condition 4"],
    [`${model}    x = fields.Char() if b else fields.Text()`, "computed-field 3"],
    [`${model}    x = fields.Char(**options())`, "computed-field-arguments 3"],
    [`def make(): pass\n${model}    x = make()`, "computed-attribute 4"],
    [`from odoo.addons.base_x.fields import Geo\n${model}    x = Geo('Point')`, "unknown-field-type 4"],
    ["from odoo.addons.sale.models.sale_order import SaleOrder\nSaleOrder.write = 1", "monkey-patch 2"],
    ["from odoo.addons.sale.models.sale_order import SaleOrder\ndef post_load():\n    SaleOrder.write = 1", "monkey-patch 3"],
    ["setattr(models.Model, 'x', 1)", "monkey-patch 1"],
    ["def f(cls):\n    cls._add_field('x', fields.Char())", "added-field 2"],
    ["exec('x = 1')", "code-at-import 1"],
    ["from odoo.addons.sale.models import Base\nclass A(Base):\n    _inherit = 'a'", "unresolved-base 2"],
    ["class A(http.Controller):\n    @http.route(paths())\n    def f(self): pass", "computed-route 3"],
  ])("%j", (text, expected) => {
    expect(unknownsIn(text)).toEqual([expected]);
  });

  it.each([
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .nothing import A\n",
    "try:\n    import phonenumbers\nexcept ImportError:\n    phonenumbers = None\n",
    `${model}    _x = {}\n    def f(self):\n        setattr(self, 'x', 1)\n        self.env.x = 1\n        return type(self)\n`,
    `${model}field = fields.Boolean()\nsetattr(A, "global", field)\nfield.__set_name__(A, "global")\n`,
  ])("isn't in %j", (text) => {
    expect(unknownsIn(text)).toEqual([]);
  });

  it("doesn't grow without end", () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `A${index + 1} = A${index} + A${index}\n`).join("");
    expect(unknownsIn(`A0 = "x"\n${doubling}class A(models.Model):\n    _name = A60`)).toEqual(["computed-model-name 62"]);
    expect(unknownsIn("A = B\nB = A\nclass A(models.Model):\n    _name = A")).toEqual(["computed-model-name 3"]);
  });
});

describe("the files of a module", () => {
  it("come in the order in which Python imports them; the others are named", () => {
    const { python, notImported, problems } = read({
      "__manifest__.py": "{}",
      "__init__.py": "from . import wizard, models\nfrom .hooks import post_init_hook\n",
      "hooks.py": "def post_init_hook(env): pass",
      "models/__init__.py": "from . import b\nimport odoo.addons.sale_x.models.a\n",
      "models/a.py": "",
      "models/b.py": "from ..lib.tool import x",
      "models/old.py": "class A(",
      "lib/tool.py": "x = 1",
      "wizard/__init__.py": "from .w import *",
      "wizard/w.py": "from ..models.a import y",
      "tests/__init__.py": "from . import test_a",
      "tests/test_a.py": "",
      "migrations/19.0.1.1/pre-x.py": "def migrate(cr, version): pass",
    });
    expect(python.map(({ file }) => file)).toEqual([
      "lib/tool.py",
      "models/b.py",
      "models/a.py",
      "models/__init__.py",
      "wizard/w.py",
      "wizard/__init__.py",
      "hooks.py",
      "__init__.py",
    ]);
    expect(notImported).toEqual(["models/old.py"]);
    expect(problems).toMatchObject([{ kind: "python-import", file: "wizard/w.py" }]);
  });

  it("can be broken, undecodable, or only tried", () => {
    const { python, problems, unknowns } = read({
      "__init__.py": "from . import broken, latin, missing\ntry:\n    from . import a\nexcept ImportError:\n    pass\n",
      "broken.py": "x = 1\nclass A(:\n",
      "latin.py": null,
      "a.py": "def f():\n    from . import lazy\n",
      "lazy.py": "",
    });
    expect(problems).toMatchObject([
      { kind: "python-syntax", file: "broken.py", line: 2 },
      { kind: "python-import", file: "__init__.py", line: 1 },
    ]);
    expect(unknowns.map(({ kind, file }) => `${kind} ${file}`).toSorted()).toEqual([
      "conditional-import __init__.py",
      "import-in-function a.py",
      "unreadable-file broken.py",
      "unreadable-file latin.py",
    ]);
    expect(python.map(({ file }) => file)).toEqual(["a.py", "__init__.py"]);
  });

  it("have routes, also of controllers that extend others", () => {
    const { python } = read({
      "__init__.py": `${odoo}from odoo.addons.website_sale.controllers.main import WebsiteSale\nPATH = '/x'
class Shop(WebsiteSale):
    @http.route()
    def shop(self): return super().shop()
    @http.route([PATH, f"{PATH}/<int:id>"], type='http', auth="public", csrf=False)
    def x(self, id=None): pass
    def helper(self): pass`,
    });
    expect(python[0]?.routes).toEqual([
      { file: "__init__.py", line: 6, className: "Shop", method: "shop", paths: [], auth: value(null), csrf: value(null), attributes: {} },
      {
        file: "__init__.py",
        line: 8,
        className: "Shop",
        method: "x",
        paths: ["/x", "/x/<int:id>"],
        auth: value("public"),
        csrf: value(false),
        attributes: { type: value("http") },
      },
    ]);
  });

  it("have migration scripts with what they run", () => {
    const { scripts, problems } = read({
      "__init__.py": "",
      "migrations/19.0.1.1/post-fill.py": `from openupgradelib import openupgrade
def _fill(env):
    env.cr.execute("""
        UPDATE sale_order SET x = 1""")
def unused(cr):
    cr.execute("DELETE FROM a")
@openupgrade.migrate()
def migrate(env, version):
    """Update the orders."""
    _fill(env)
    env["sale.order"].search([]).write({})
`,
      "migrations/latest/pre-a.py": "def migrate(cr, version): pass",
      "upgrades/1.2/helper.py": "x = 1",
      "upgrades/1.2/end-b.py": "def migrate(:",
      "migrations/tests/test_a.py": "",
    });
    expect(scripts).toMatchObject([
      {
        file: "migrations/19.0.1.1/post-fill.py",
        version: "19.0.1.1",
        stage: "post",
        versionReadable: true,
        migrate: {
          parameters: ["env", "version"],
          decorators: [{ name: "openupgrade.migrate" }],
          calls: [".search", ".write", "env.cr.execute"],
          sql: ["UPDATE sale_order SET x = 1"],
        },
      },
      { version: "latest", stage: "pre", versionReadable: false, migrate: { name: "migrate" } },
      { file: "upgrades/1.2/end-b.py", stage: "end", migrate: null },
      { file: "upgrades/1.2/helper.py", stage: null, migrate: null },
    ]);
    expect(problems).toMatchObject([{ kind: "python-syntax", file: "upgrades/1.2/end-b.py" }]);
  });
});
