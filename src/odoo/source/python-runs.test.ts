import { expect, it } from "vitest";
import type { FunctionDeclaration } from "../../domain/release/module-source.ts";
import { readPythonPackage } from "./python-package.ts";

const path = "migrations/19.0.1.1.0/pre-x.py";

function migrate(text: string): FunctionDeclaration {
  const files = new Map([
    ["__init__.py", ""],
    [path, text],
  ]);
  const found = readPythonPackage({ module: "acme", files }).scripts[0]?.migrate;
  if (found === null || found === undefined) throw new Error("no migrate");
  return found;
}

function body(...lines: readonly string[]): FunctionDeclaration {
  return migrate(`TABLE = "acme_order"\ndef migrate(cr, version):\n${lines.map((line) => `    ${line}\n`).join("")}`);
}

it.each([
  ['cr.execute("DROP TABLE a")'],
  ['cr.execute(f"DROP TABLE {TABLE}")'],
  ['cr.execute("DROP TABLE " + TABLE)'],
  ['cr.execute("UPDATE a SET b = %s", [version])'],
  ["cr.execute(f\"UPDATE {version} SET b = 'c'\")"],
  ['cr.execute("UPDATE %s SET b = 1" % version)'],
  ['cr.execute("DELETE FROM {}".format(version))'],
  ['query = "ALTER TABLE a DROP COLUMN b"', "cr.execute(query)"],
  ['query = "UPDATE a SET b = 1"', "if version:", "    query += ' WHERE c'", "cr.execute(query)"],
  ["cr.execute(SQL('ALTER TABLE %s ADD COLUMN b int', SQL.identifier(version)))"],
  ['cr.execute(sql.SQL("UPDATE {} SET b = 1").format(sql.Identifier(version)))'],
  ['cr.execute(f"ALTER TABLE {self._table} ADD COLUMN b int")'],
  ['cr.executemany("INSERT INTO a VALUES (%s)", rows)'],
])("SQL that is written where it is executed is told: %s", (...lines) => {
  const { sql, unclear } = body(...lines);
  expect(sql.length).toBeGreaterThan(0);
  expect(unclear).toBeUndefined();
});

it.each([
  ["cr.execute(build(version))"],
  ["cr.execute(version)"],
  ["self.env.cr.execute(self._query)"],
  ['cr.execute(f"ALTER TABLE {version} {TABLE}")'],
  ['cr.execute("ALTER TABLE %s" % version)'],
  ['cr.execute(f"{version} FROM a")'],
  ["cr.execute(*statement)"],
  ['for query in ("a", version):', "    cr.execute(query)"],
  ["query = version", "cr.execute(query)"],
  ['query = "UPDATE a SET b = 1"', 'query += "; DROP TABLE a"', "cr.execute(query)"],
  ["(query := version)", "cr.execute(query)"],
  ["run = cr.execute", 'run("DROP TABLE a")'],
  ["getattr(cr, version)(TABLE)"],
  ["handlers[version](cr)"],
  ['openupgrade.logged_query(cr, "x" + version)'],
  ['cr.execute(SQL("ALTER TABLE a %s", version))'],
])("one that isn't makes the script unclear, whatever else it executes: %s", (...lines) => {
  expect(body('cr.execute("UPDATE a SET b = 1")', ...lines).unclear).toHaveLength(1);
});

it("helpers of libraries are told with what they are given", () => {
  const { imported } = migrate(`from openupgradelib import openupgrade
from odoo.tools import sql as s
_renamed = [("acme.order", "acme_order", "a", "b")]
@openupgrade.migrate()
def migrate(env, version):
    from odoo.addons.acme.hooks import fill
    openupgrade.rename_fields(env, _renamed)
    s.drop_index(env.cr, "i", "t")
    fill(env)
`);
  expect(imported).toMatchObject([
    { name: "s.drop_index", origin: "odoo.tools.sql.drop_index" },
    { name: "fill", origin: "odoo.addons.acme.hooks.fill" },
    { origin: "openupgradelib.openupgrade.rename_fields", args: [{ known: false }, { value: [["acme.order", "acme_order", "a", "b"]] }] },
  ]);
});

it("what wraps or replaces migrate is unclear", () => {
  expect(migrate("@retry\ndef migrate(cr, version): pass\n").unclear).toEqual(["@retry"]);
  expect(migrate("if x:\n    def migrate(cr, version): drop(cr)\nelse:\n    def migrate(cr, version): pass\n").unclear).toEqual([
    "def migrate",
  ]);
});

it("only the fields of a format string call something", () => {
  expect(body('cr.execute(f"SELECT count(*) FROM {table(1)} {{x(2)}}")').calls).toEqual(["cr.execute", "table"]);
});
