import { describe, expect, it } from "vitest";
import { groundOf, type GroundFiles } from "../../../test/conformance/sample-grounds.ts";
import { installedModules } from "./ground-facts.ts";
import { chooseUpdates } from "./update-choice.ts";

const models = `import logging

from odoo import api, fields, models

from .tools import KINDS, UNUSED, label

_logger = logging.getLogger(__name__)


class Kind(models.Model):
    _name = "acme.kind"
    _description = "Kind"

    name = fields.Char()
    things = fields.One2many("acme.thing", "kind_id")


class Thing(models.Model):
    """A thing."""

    _name = "acme.thing"
    _description = "Thing"

    name = fields.Char()
    note = fields.Char(compute="_compute_note")
    kind_id = fields.Many2one("acme.kind")
    kind_name = fields.Char(compute="_compute_kind_name", store=True)
    state = fields.Selection(label(KINDS))

    @api.depends("name")
    def _compute_note(self):
        self.note = self._say("note")

    @api.depends("kind_id.name")
    def _compute_kind_name(self):
        self.kind_name = self._title()

    def _title(self):
        return "title"

    def _say(self, what):
        return what

    def write(self, values):
        return super().write(values)

    def run(self):
        return self._step()

    def _step(self):
        return 1


class Partner(models.Model):
    _inherit = "res.partner"

    def act(self):
        return 1


class Report(models.Model):
    _name = "acme.report"
    _auto = False

    def init(self):
        self.env.cr.execute(self._query())

    def _query(self):
        return "SELECT 1 AS id"
`;
const view = '<odoo><record id="view" model="ir.ui.view"><field name="name">View</field></record></odoo>';
const plain: GroundFiles["new"] = {
  "acme/__manifest__.py": '{"name": "Acme", "version": "19.0.1.0.0", "depends": ["base"], "data": ["data.xml"]}',
  "acme/__init__.py": "from . import models\n",
  "acme/models.py": models,
  "acme/tools.py":
    'KINDS = ["a"]\nUNUSED = 1\n\n\ndef label(kinds):\n    return [(kind, kind) for kind in kinds]\n\n\ndef other():\n    return 1\n',
  "acme/data.xml": view,
  "more/__manifest__.py": '{"name": "More", "version": "19.0.1.0.0", "depends": ["acme"], "data": ["data.xml"]}',
  "more/__init__.py": "",
  "more/data.xml": view,
};
const base = {
  "base/__manifest__.py": '{"name": "Base", "version": "1.3"}',
  "base/__init__.py": "from . import models\n",
  "base/models.py": `from odoo import fields, models


class Partner(models.Model):
    _name = "res.partner"

    name = fields.Char()

    def act(self):
        return 0

    def write(self, values):
        self.act()
        return super().write(values)
`,
};

interface Edit {
  readonly path: string;
  readonly find: string;
  readonly to: string;
}

/** Modules that have to be updated, and why, when one place differs in files that are otherwise those of both sides. */
function asked({ path, find, to }: Edit, both: GroundFiles["new"] = {}): { readonly minimal: readonly string[]; readonly why: string } {
  const old = { ...plain, ...both };
  const text = old[path] ?? "";
  if (!text.includes(find)) throw new Error(`${path} has no ${find}`);
  const installed = { base: "1.3", acme: "19.0.1.0.0", more: "19.0.1.0.0" };
  const ground = groundOf({ old, new: { ...old, [path]: text.replace(find, () => to) }, base, installed });
  if (ground.before === null) throw new Error("no old side");
  const { minimal, why } = chooseUpdates({ before: ground.before, after: ground.after, installed: installedModules(ground) });
  return { minimal, why: (why.get("acme") ?? []).join() };
}

const inModels = (find: string, to: string): Edit => ({ path: "acme/models.py", find, to });
const data = (record: string): GroundFiles["new"] => ({ "acme/data.xml": `<odoo>${record}</odoo>` });
const step = inModels("return 1\n\n\nclass Partner", "return 2\n\n\nclass Partner");
const write = inModels("return super()", "values = dict(values)\n        return super()");
const kindName = inModels('return "title"', 'return "Title"');
const act = inModels("    def act(self):\n        return 1", "    def act(self):\n        return 2");

describe("no update is needed for", () => {
  it.each<[string, Edit, GroundFiles["new"]?]>([
    ["a method that nothing runs", step],
    ["what writes records that no data file has", write],
    ["a field that isn't stored", inModels('self._say("note")', "self.name")],
    ["a stored field of records that nothing writes", kindName],
    ["a constant that nothing declared refers to", { path: "acme/tools.py", find: "UNUSED = 1", to: "UNUSED = 2" }],
    ["a function that nothing declared refers to", { path: "acme/tools.py", find: "return 1", to: "return 2" }],
    ["an import", inModels("import logging\n", "import logging\nimport os\n")],
    ["an override of Odoo's code that data of this module don't run", act],
    [
      "an override of Odoo's code, where the data have a plain model of the release's own",
      act,
      data('<record id="k" model="acme.kind"><field name="name">K</field></record>'),
    ],
    [
      "what writes a record that noupdate keeps",
      write,
      data('<data noupdate="1"><record id="one" model="acme.thing"><field name="name">One</field></record></data>'),
    ],
    ["a label that says what the name says", inModels("Char()\n    note", 'Char(string="Name")\n    note')],
    ["a default", inModels("Char()\n    note", 'Char(default="x")\n    note')],
    ["what runs when the file is a program", step, { "acme/models.py": `${models}\n\nif __name__ == "__main__":\n    Thing()._step()\n` }],
  ])("%s", (_what, edit, both) => {
    expect(asked(edit, both)).toEqual({ minimal: [], why: "" });
  });
});

const kept = (name: string, translated = ""): string =>
  `<odoo><data noupdate="1"><record id="k" model="acme.kind"><field name="name">${name}</field>${translated}</record></data></odoo>`;

describe("data that noupdate keeps", () => {
  const both = { "acme/data.xml": kept("K") };
  it("make no update needed when their values change", () => {
    expect(asked({ path: "acme/data.xml", find: ">K<", to: ">L<" }, both).minimal).toEqual([]);
  });

  it.each([
    ["their translations change", kept("K", '<field name="name@nl">N</field>')],
    ["they are no longer kept", kept("K").replace('"1"', '"0"')],
    ["there are more of them", kept("K").replace("</data>", '<record id="l" model="acme.kind"/></data>')],
  ])("make one needed when %s", (_what, to) => {
    expect(asked({ path: "acme/data.xml", find: kept("K"), to }, both).minimal).toEqual(["acme"]);
  });
});

it("asks for an update where Python differs and isn't known as it is written", () => {
  const ground = groundOf({
    old: plain,
    new: { ...plain, "acme/models.py": models.replace('"note"', '"Note"') },
    base,
    installed: { base: "1.3", acme: "19.0.1.0.0" },
  });
  if (ground.before === null) throw new Error("no old side");
  const { python: _, ...after } = ground.after;
  const installed = new Map(["base", "acme"].map((name) => [name, null]));
  const choose = (one: typeof ground.after): readonly string[] =>
    chooseUpdates({ before: ground.before as typeof ground.after, after: one, installed }).minimal;
  expect([choose(ground.after), choose(after)]).toEqual([[], ["acme"]]);
});

describe("an update is needed for", () => {
  const thing = data('<record id="one" model="acme.thing"><field name="name">One</field></record>');
  it.each<[string, Edit, RegExp, GroundFiles["new"]?]>([
    ["what writes a record of the data", write, /write differs, and an update runs it/, thing],
    [
      "what writes a record of the data of a module that depends on it",
      write,
      /write differs/,
      { "more/data.xml": '<odoo><record id="one" model="acme.thing"><field name="name">One</field></record></odoo>' },
    ],
    [
      "what computes a stored field that follows a record of the data",
      kindName,
      /_title differs, and Thing._compute_kind_name, which an update runs/,
      data('<record id="k" model="acme.kind"><field name="name">K</field></record>'),
    ],
    [
      "an override that Odoo's code runs while it writes a record of the data",
      act,
      /act differs, and an update runs it/,
      data('<record id="p" model="res.partner"><field name="name">P</field></record>'),
    ],
    ["what a data file calls, over another method", step, /_step differs/, data('<function model="acme.thing" name="run"/>')],
    ["what makes a view of the database", inModels("SELECT 1 AS id", "SELECT 2 AS id"), /_query differs, and an update runs it/],
    [
      "a function that a declaration calls",
      { path: "acme/tools.py", find: "(kind, kind) for", to: "(kind, kind.upper()) for" },
      /label differs/,
    ],
    ["a constant that a declaration refers to", { path: "acme/tools.py", find: '["a"]', to: '["a", "b"]' }, /KINDS differs/],
    ["the description of a model", inModels('"""A thing."""', '"""Things."""'), /description/],
    ["code that changes classes", inModels("return what", "setattr(type(self), what, 1)\n        return what"), /setattr/],
    ["a statement that runs when the file is loaded", inModels("_logger =", "Thing = patch()\n_logger ="), /runs when the file is loaded/],
    [
      "a hook of Odoo's registry",
      inModels("    def run(self)", "    def _register_hook(self):\n        return 1\n\n    def run(self)"),
      /_register/,
    ],
    ["a field that can now be searched", inModels('compute="_compute_note"', 'compute="_compute_note", search="_step"'), /models, fields/],
    ["a label", inModels("Char()\n    note", 'Char(string="Title")\n    note'), /models, fields/],
    ["the category of the module", { path: "acme/__manifest__.py", find: '"depends"', to: '"category": "X", "depends"' }, /list of apps/],
  ])("%s", (_what, edit, why, both) => {
    const { minimal, why: reasons } = asked(edit, both);
    expect(minimal).toEqual(["acme"]);
    expect(reasons).toMatch(why);
  });
});
