import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { migrationScripts } from "./migration-scripts.ts";

type Files = ReturnType<typeof moduleOf>;

const at = (version: string): Files => moduleOf("acme", `"version": "${version}"`);
const good = "def migrate(cr, version):\n    cr.execute(\"UPDATE res_partner SET name = 'x' WHERE name IS NULL\")\n";
const script = (path: string, text: string, version = "19.0.1.1.0"): Files => ({ ...at(version), [`acme/${path}`]: text });

it.each([
  ["a folder that is no version", "migrations/19.0.1.1.0.1/pre-a.py", good, /^script-folder acme: /],
  ["a name that is none", "migrations/19.0.1.1.0/pre_a.py", good, /^script-name acme: /],
  ["no migrate", "migrations/19.0.1.1.0/pre-a.py", "def upgrade(cr, version):\n    pass\n", /^script-without-migrate acme: /],
  [
    "another signature",
    "migrations/19.0.1.1.0/pre-a.py",
    "def migrate(env, version):\n    pass\n",
    /^script-signature acme: .*migrate\(env, version\)/,
  ],
  ["a commit", "migrations/19.0.1.1.0/post-a.py", "def migrate(cr, version):\n    cr.commit()\n", /^script-commits acme: /],
  [
    "every row",
    "migrations/19.0.1.1.0/post-a.py",
    'def migrate(cr, version):\n    cr.execute("UPDATE res_partner SET name = ref")\n',
    /^script-unbounded acme: /,
  ],
  ["an end script", "migrations/19.0.1.1.0/end-a.py", good, /^script-at-the-end acme: /],
])("finds %s", (_what, path, text, says) => {
  expect(found(migrationScripts, { old: at("19.0.1.0.0"), new: script(path, text) })).toEqual([expect.stringMatching(says)]);
});

it("finds a new script that won't run, because the version stays or doesn't reach it", () => {
  const file = "migrations/19.0.1.2.0/pre-a.py";
  expect(found(migrationScripts, { old: at("19.0.1.1.0"), new: script(file, good) })).toEqual([
    "script-not-due acme: The script is new and won't run: the version stays 19.0.1.1.0.",
  ]);
  expect(found(migrationScripts, { old: at("19.0.1.0.0"), new: script(file, good) })).toEqual([expect.stringMatching(/doesn't reach it/)]);
});

it("leaves alone scripts that run, and old ones", () => {
  const files = script("migrations/19.0.1.1.0/pre-a.py", good);
  expect(found(migrationScripts, { old: at("19.0.1.0.0"), new: files })).toEqual([]);
  const decorated = "from openupgradelib import openupgrade\n\n\n@openupgrade.migrate()\ndef migrate(env, version):\n    pass\n";
  expect(found(migrationScripts, { old: at("19.0.1.0.0"), new: script("migrations/19.0.1.1.0/pre-a.py", decorated) })).toEqual([]);
  const commits = script("migrations/19.0.1.1.0/pre-a.py", "def migrate(cr, version):\n    cr.commit()\n");
  expect(found(migrationScripts, { old: commits, new: commits })).toEqual([]);
});

it("finds what looks like a rename, unless a pre script is there", () => {
  const model = (field: string): Files => ({
    "acme/__init__.py": "from . import order\n",
    "acme/order.py": `from odoo import fields, models\n\n\nclass Order(models.Model):\n    _name = "acme.order"\n    ${field} = fields.Float("Amount")\n`,
  });
  const old = { ...at("19.0.1.0.0"), ...model("amount") };
  expect(found(migrationScripts, { old, new: { ...at("19.0.1.1.0"), ...model("total") } })).toEqual([
    expect.stringMatching(/^rename-without-script acme: acme.order.amount goes and total/),
  ]);
  expect(found(migrationScripts, { old, new: { ...script("migrations/19.0.1.1.0/pre-a.py", good), ...model("total") } })).toEqual([]);
});
