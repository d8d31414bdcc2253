import { expect, test } from "vitest";
import { readModuleSource } from "./read-module.ts";

const texts = {
  "__manifest__.py": '{"version": "19.0.1.0.0", "depends": ["base"], "data": ["data/x.xml", "data/gone.xml"]}',
  "__init__.py": "from . import models\n",
  "models.py": 'from odoo import fields, models\n\n\nclass X(models.Model):\n    _name = "x"\n    name = fields.Char()\n',
  "unused.py": "",
  "data/x.xml": '<odoo><record id="one" model="x"><field name="name">One</field></record></odoo>',
};
const read = (files: Readonly<Record<string, string | null>>): ReturnType<typeof readModuleSource> =>
  readModuleSource({ name: "m", files: new Map(Object.entries(files)), paths: [...Object.keys(files), "static/x.js"] });

test("manifest, Python and data of a module come together", () => {
  const source = read(texts);
  expect(source.manifest?.version).toBe("19.0.1.0.0");
  expect(source.python.flatMap(({ classes }) => classes).map((one) => [one.name, one.fields.map(({ name }) => name)])).toEqual([
    ["x", ["name"]],
  ]);
  expect(source.notImported).toEqual(["unused.py"]);
  expect(source.data.flatMap(({ entries }) => entries)).toMatchObject([{ entry: "record", xmlid: "m.one", model: "x" }]);
  expect(source.files).toEqual([...Object.keys(texts), "static/x.js"].toSorted());
  expect(source.problems.map(({ kind }) => kind)).toEqual(["data-file-missing"]);
});

test("without a manifest that can be read there is no data, and the rest is still read", () => {
  const source = read({ ...texts, "__manifest__.py": "open('x')" });
  expect(source.manifest).toBeNull();
  expect(source.data).toEqual([]);
  expect(source.python).not.toEqual([]);
  expect(source.problems.map(({ kind }) => kind)).toEqual(["manifest-not-literal"]);
});

test("it is plain data: it survives being written as JSON", () => {
  const source = read(texts);
  expect(JSON.parse(JSON.stringify(source))).toEqual(source);
});
