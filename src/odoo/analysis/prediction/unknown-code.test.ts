import { describe, expect, it } from "vitest";
import { impactClasses, type ImpactClass } from "../../../domain/impact/impact.ts";
import type { Prediction } from "../../../domain/impact/prediction.ts";
import { sideOf, tenantOf, type ModuleText } from "../schema/test-kit.ts";
import { predictUpdate } from "./predict-update.ts";

const order = `class Order(models.Model):
    _name = "acme.order"
    name = fields.Char()
`;

function predict(from: string | ModuleText, to: string | ModuleText): Prediction {
  const [before, after] = [sideOf({ acme: from }), sideOf({ acme: to })];
  return predictUpdate({ before, after, tenant: tenantOf(before), updated: new Set(["acme"]), installed: [] });
}

function atLeast(prediction: Prediction): ImpactClass {
  expect(prediction.uncertain.map(({ touches }) => touches)).toContain("*");
  return prediction.plannedClass;
}

/** A model as it is, and in the same file what can't be read, before and after a change that only running it would tell. */
const changes: readonly (readonly [string, string, string])[] = [
  [
    "a computed name",
    "NAME = x()\nclass A(models.Model):\n    _name = NAME\n    a = fields.Char()",
    "NAME = x()\nclass A(models.Model):\n    _name = NAME",
  ],
  ["a computed parent", "class A(models.Model):\n    _inherit = x()\n    a = fields.Char()", "class A(models.Model):\n    _inherit = x()"],
  [
    "names in a loop",
    "class A(models.Model):\n    _name = 'a.b'\n    for x in (1, 2):\n        locals()[f'a{x}'] = fields.Char()",
    "class A(models.Model):\n    _name = 'a.b'\n    for x in (1,):\n        locals()[f'a{x}'] = fields.Char()",
  ],
  [
    "vars()",
    "class A(models.Model):\n    _name = 'a.b'\n    vars().update(a=fields.Char())",
    "class A(models.Model):\n    _name = 'a.b'\n    vars().update()",
  ],
  ["globals()", "globals()['A'] = make(1)", "globals()['A'] = make(2)"],
  ["exec", "exec('a')", "exec('b')"],
  ["a decorator", "@more('a')\nclass A(models.Model):\n    _name = 'a.b'", "@more('b')\nclass A(models.Model):\n    _name = 'a.b'"],
  ["type()", "X = type('X', (models.Model,), {'_name': 'x', 'a': fields.Char()})", "X = type('X', (models.Model,), {'_name': 'x'})"],
  ["type() of something", "X = type(name, bases, {'a': fields.Char()})", "X = type(name, bases, {})"],
  ["setattr", "setattr(models.Model, 'a', fields.Char())", "setattr(models.Model, 'a', None)"],
  [
    "_register_hook",
    "class A(models.Model):\n    _name = 'a.b'\n    def _register_hook(self):\n        self._add_field('a', fields.Char())",
    "class A(models.Model):\n    _name = 'a.b'\n    def _register_hook(self):\n        self._add_field('b', fields.Char())",
  ],
  [
    "_fields",
    "class A(models.Model):\n    _name = 'a.b'\n    def f(self):\n        type(self)._fields['a'] = fields.Char()",
    "class A(models.Model):\n    _name = 'a.b'\n    def f(self):\n        type(self)._fields['a'] = fields.Integer()",
  ],
  [
    "_setup_complete",
    "class A(models.Model):\n    _name = 'a.b'\n    def _setup_complete(self):\n        make('a')",
    "class A(models.Model):\n    _name = 'a.b'\n    def _setup_complete(self):\n        make('b')",
  ],
  [
    "a condition",
    "if odoo.release.version_info > (18,):\n    class A(models.Model):\n        _name = 'a.b'",
    "if odoo.release.version_info > (20,):\n    class A(models.Model):\n        _name = 'a.b'",
  ],
  [
    "a condition in a class",
    "class A(models.Model):\n    _name = 'a.b'\n    if X > 1:\n        a = fields.Char()",
    "class A(models.Model):\n    _name = 'a.b'\n    if X > 2:\n        a = fields.Char()",
  ],
  [
    "a foreign base",
    "from acme_lib import Mixin\nclass A(Mixin):\n    _name = 'a.b'\n    a = fields.Char()\n    b = f()",
    "from acme_lib import Mixin\nclass A(Mixin):\n    _name = 'a.b'\n    a = fields.Char()\n    b = g()",
  ],
];

describe("code that isn't understood makes the class no milder than not to know it when it changes", () => {
  it.each(changes)("%s", (_, from, to) => {
    expect(predict(`${order}${from}\n`, `${order}${from}\n`).plannedClass).toBe("K2");
    expect(atLeast(predict(`${order}${from}\n`, `${order}${to}\n`))).toBe("K5");
  });

  it.each(changes)("and raises it when it comes or goes: %s", (_, from) => {
    expect(impactClasses.indexOf(atLeast(predict(order, `${order}${from}\n`)))).toBeGreaterThanOrEqual(3);
    expect(atLeast(predict(`${order}${from}\n`, order))).toBe("K5");
  });
});

describe("what isn't read at all", () => {
  const big = (length: number): string => `<odoo>${"<!-- x -->".repeat(length)}</odoo>`;
  const python = (file: string): ModuleText => ({
    python: order,
    files: { "__init__.py": "from . import models, more\n", "more.py": file },
  });
  const data = (file: string, text: string): ModuleText => ({ python: order, manifest: `"data": ["${file}"]`, files: { [file]: text } });

  it.each([
    ["a Python file that is too large", python("x = 1\n".repeat(800_000))],
    ["a Python file that isn't understood", python("class A(:\n")],
    ["an XML file that is too large", data("a.xml", big(1_700_000))],
    ["a CSV file that is too large", data("acme.order.csv", `id,name\n${"x,y\n".repeat(250_000)}`)],
    ["an SQL file", data("a.sql", "DROP TABLE acme_order;")],
  ])(
    "%s may do anything, also when it was there before",
    (_, odd) => {
      expect(atLeast(predict(order, odd))).toBe("K5");
      expect(atLeast(predict(odd, odd))).toBe("K5");
      const side = sideOf({ acme: odd });
      expect(predictUpdate({ before: side, after: side, tenant: null, updated: new Set(["acme"]), installed: [] }).plannedClass).toBe("K2");
    },
    30_000,
  );

  it("a large XML file that is read is no such thing", () => {
    expect(predict(order, data("a.xml", big(1_000))).plannedClass).toBe("K2");
  });
});

describe("bounds of what is composed", () => {
  it("related fields that lead on and on", () => {
    const chain = (type: string): string =>
      `class A(models.Model):\n    _name = "a"\n    f0 = fields.${type}()\n${Array.from(
        { length: 80 },
        (_, at) => `    f${at + 1} = fields.${type}(related="f${at}", store=True)\n`,
      )
        .toReversed()
        .join("")}`;
    expect(atLeast(predict(order, `${order}${chain("Char")}`))).toBe("K5");
  });

  it("a file that only another module imports", () => {
    const side = (old: string): ReturnType<typeof sideOf> =>
      sideOf({
        acme: { python: order, files: { "old.py": old } },
        more: { depends: ["acme"], python: "from odoo.addons.acme.old import A\n" },
      });
    const old = `from odoo import fields, models\nclass A(models.Model):\n    _name = "a"\n`;
    const [before, after] = [side(old), side(`${old}    a = fields.Char()\n`)];
    expect(before.registry.unknowns).toMatchObject([{ kind: "imported-elsewhere", module: "acme", file: "old.py" }]);
    const plan = predictUpdate({ before, after, tenant: null, updated: new Set(["acme"]), installed: [] });
    expect(plan.plannedClass).toBe("K5");
  });

  it("a class above an import of its file", () => {
    const [before, after] = ["", order].map((above) =>
      sideOf({
        acme: {
          python: `${above}from . import more\n${above === "" ? order : ""}`,
          files: { "more.py": `from odoo import models\nclass B(models.Model):\n    _inherit = "acme.order"\n` },
        },
      }),
    );
    if (before === undefined || after === undefined) throw new Error("no sides");
    expect(after.registry.unknowns.map(({ kind }) => kind)).toContain("import-after-class");
    const plan = predictUpdate({ before, after, tenant: null, updated: new Set(["acme"]), installed: [] });
    expect(impactClasses.indexOf(plan.plannedClass)).toBeGreaterThanOrEqual(3);
  });
});

it("a component isn't a model, whatever names it has", () => {
  const component = `from odoo.addons.component.core import Component\nclass A(Component):\n    _name = "a"\n    _inherit = "base.exporter"\n    _usage = "x"\n`;
  const side = sideOf({ acme: `${order}${component}` });
  expect(side.registry.models.has("a")).toBe(false);
  expect(side.registry.unknowns).toEqual([]);
});
