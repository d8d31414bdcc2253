import { describe, expect, it } from "vitest";
import { groundOf, type GroundFiles } from "../../../test/conformance/sample-grounds.ts";
import { installedModules } from "./ground-facts.ts";
import { chooseUpdates, type UpdateAnswer } from "./update-choice.ts";

const old: GroundFiles["new"] = {
  "acme/__manifest__.py": '{"name": "Acme", "version": "19.0.1.0.0", "depends": ["sale"], "data": ["data.xml"]}',
  "acme/__init__.py": "from . import models\n",
  "acme/models.py": `from odoo import fields, models

KINDS = [("a", "A")]


class Thing(models.Model):
    _name = "acme.thing"

    name = fields.Char()

    def act(self):
        return 1

    def write(self, values):
        return super().write(values)
`,
  "acme/data.xml":
    '<odoo><record id="one" model="acme.thing"><field name="name">One</field></record><record id="two" model="acme.thing"><field name="name">acme,icon.png</field></record></odoo>',
  "acme/icon.png": "1",
  "more/__manifest__.py": '{"name": "More", "version": "19.0.1.0.0", "depends": ["acme"]}',
};
const here = { base: "19.0.1.3", sale: "19.0.1.0", acme: "19.0.1.0.0", more: "19.0.1.0.0" };

function choose(path: string, change: (text: string) => string, added: GroundFiles["new"] = {}): UpdateAnswer {
  const ground = groundOf({ old, new: { ...old, [path]: change(old[path] ?? ""), ...added }, installed: here });
  if (ground.before === null) throw new Error("no old side");
  return chooseUpdates({ before: ground.before, after: ground.after, installed: installedModules(ground) });
}

describe("the update set", () => {
  it.each([
    [
      "another body of a method",
      "acme/models.py",
      (text: string) => text.replace("def act(self):\n        return 1", "def act(self):\n        return 2"),
    ],
    ["another default", "acme/models.py", (text: string) => text.replace("fields.Char()", "fields.Char(default=lambda self: 'x')")],
    ["a raised version", "acme/__manifest__.py", (text: string) => text.replace("1.0.0", "1.0.1")],
    ["a comment in the data", "acme/data.xml", (text: string) => text.replace("<odoo>", "<odoo>\n\n<!-- one -->")],
  ])("leaves a module out for %s", (_what, path, change) => {
    const { safe, minimal, closure } = choose(path, change);
    expect({ safe, minimal }).toEqual({ safe: ["acme"], minimal: [] });
    expect(closure).toEqual(["acme", "more"]);
  });

  it.each([
    [
      "a new field",
      "acme/models.py",
      (text: string) => text.replace("    name = f", "    code = fields.Char()\n    name = f"),
      /models, fields/,
    ],
    [
      "an attribute of a field",
      "acme/models.py",
      (text: string) => text.replace("fields.Char()", "fields.Char(required=True)"),
      /models, fields/,
    ],
    ["another value in the data", "acme/data.xml", (text: string) => text.replace(">One<", ">Uno<"), /data files/],
    [
      "another order of records",
      "acme/data.xml",
      (text: string) => text.replace(/(<record id="one".*<\/record>)(<record id="two".*<\/record>)/, "$2$1"),
      /data files/,
    ],
    ["a new dependency", "acme/__manifest__.py", (text: string) => text.replace('["sale"]', '["sale", "base"]'), /dependencies/],
    [
      "code that writes what its data give",
      "acme/models.py",
      (text: string) => text.replace("return super()", "values = {}\n        return super()"),
      /write differs, and an update runs it/,
    ],
    ["a picture that its data read", "acme/icon.png", () => "2", /files that its data files read/],
  ])("has a module for %s", (_what, path, change, why) => {
    const { minimal, why: reasons } = choose(path, change);
    expect(minimal).toEqual(["acme"]);
    expect(reasons.get("acme")?.join()).toMatch(why);
  });

  it("has a module with code that an update runs, whatever else of its Python changed, and leaves it out for a file of the web client", () => {
    const running = {
      ...old,
      "acme/models.py": `${old["acme/models.py"] ?? ""}\n    def init(self):\n        return self.act()\n`,
      "acme/static/a.js": "1",
    };
    const minimal = (path: string, text: string): readonly string[] => {
      const ground = groundOf({ old: running, new: { ...running, [path]: text }, installed: here });
      return chooseUpdates({ before: ground.before as never, after: ground.after, installed: installedModules(ground) }).minimal;
    };
    expect(minimal("acme/models.py", running["acme/models.py"].replace("return 1", "return 2"))).toEqual(["acme"]);
    expect(minimal("acme/static/a.js", "2")).toEqual([]);
  });

  it("has a module whose field rests on a constant that may have changed", () => {
    const unsettled =
      old["acme/models.py"]?.replace("fields.Char()", "fields.Selection(KINDS)").replace("KINDS = [", "KINDS = make() + [") ?? "";
    const both = { "acme/models.py": unsettled };
    const ground = groundOf({
      old: { ...old, ...both },
      new: { ...old, "acme/models.py": unsettled.replace('"A"', '"B"') },
      installed: here,
    });
    const { minimal } = chooseUpdates({ before: ground.before as never, after: ground.after, installed: installedModules(ground) });
    expect(minimal).toEqual(["acme"]);
  });

  it("has scripts that are due, a module that lags behind, and what comes with a new dependency", () => {
    const script = { "acme/migrations/19.0.1.0.1/post-fill.py": "def migrate(cr, version):\n    pass\n" };
    const due = choose("acme/__manifest__.py", (text) => text.replace("1.0.0", "1.0.1"), script);
    expect(due.minimal).toEqual(["acme"]);
    expect(due.expectedScripts).toEqual([{ module: "acme", version: "19.0.1.0.1", stage: "post", file: "post-fill.py" }]);
    const extra = { "extra/__manifest__.py": '{"name": "Extra", "version": "19.0.1.0.0"}' };
    expect(choose("acme/__manifest__.py", (text) => text.replace('["sale"]', '["sale", "extra"]'), extra).installs).toEqual(["extra"]);
    const lagging = groundOf({ old, new: old, installed: { ...here, more: "19.0.0.9.0" } });
    expect(chooseUpdates({ before: lagging.before as never, after: lagging.after, installed: installedModules(lagging) }).safe).toEqual([
      "more",
    ]);
  });
});
