import { expect, test } from "vitest";
import { type ManifestFacts, readManifest } from "./manifest.ts";
import { migrationScripts } from "./migration-scripts.ts";
import { readVersion } from "../../domain/release/module-version.ts";
import { readServerVersion } from "./server-version.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string | Uint8Array, otherSeries: "refuse" | "not-installable" = "refuse", module = "pl_x"): ManifestFacts =>
  readManifest(typeof text === "string" ? bytes(text) : text, { module, file: `${module}/__manifest__.py`, series: "19.0", otherSeries });
const refusal = (code: string, message: string): unknown => expect.objectContaining({ code, message: expect.stringContaining(message) });

test("an empty manifest has Odoo's defaults", () => {
  expect(read("{}")).toEqual({
    name: "pl_x",
    version: "19.0.1.0",
    depends: ["base"],
    installable: true,
    autoInstall: false,
    externalDependencies: { python: [], bin: [] },
    dataFiles: [],
    hooks: [],
  });
  expect(read("{}", "refuse", "base").depends).toEqual([]);
});

test("a full manifest", () => {
  const facts = read(`{
    'version': '2.1', 'depends': ('sale', 'web'), 'auto_install': ['sale'], 'installable': 1,
    'external_dependencies': {'python': ['lxml>=5'], 'bin': ['wkhtmltopdf'], 'apt': {'lxml': 'python3-lxml'}},
    'data': ['a.xml', 'b.csv'], 'demo': ['a.xml', 'd.xml'], 'post_init_hook': 'after', 'pre_init_hook': '',
  }`);
  expect(facts).toEqual({
    name: "pl_x",
    version: "19.0.2.1",
    depends: ["sale", "web"],
    installable: true,
    autoInstall: ["sale"],
    externalDependencies: { python: ["lxml>=5"], bin: ["wkhtmltopdf"] },
    dataFiles: ["a.xml", "b.csv", "d.xml"],
    hooks: ["post_init_hook:after"],
  });
  expect(read("{'auto_install': True}").autoInstall).toBe(true);
});

test.each([
  ["1.0", "19.0.1.0"],
  ["1.2.3", "19.0.1.2.3"],
  ["19.0.1.0.0", "19.0.1.0.0"],
  ["19.0.1", "19.0.1"],
  ["19.0.1.2", "19.0.1.2"],
])("the version %s is %s", (written, version) => {
  expect(readVersion(written, "19.0")).toEqual({ kind: "ok", version });
});

test.each([
  ["1", "malformed"],
  ["1.2.3.4.5.6", "malformed"],
  ["1.x", "malformed"],
  ["1..2", "malformed"],
  ["1.-2", "malformed"],
  ["", "malformed"],
  ["18.0.1.0.0", "other-series"],
  ["1.2.3.4", "other-series"],
  ["19.0", "other-series"],
  ["19.01.2", "other-series"],
])("the version %s is %s", (written, kind) => {
  expect(readVersion(written, "19.0").kind).toBe(kind);
});

test("a version of another series is refused in a release, taken as not installable in a base, and kept where the module says that it isn't installable", () => {
  expect(() => read("{'version': '18.0.1.0.0'}")).toThrow(refusal("RELEASE_OTHER_SERIES", "pl_x has the version 18.0.1.0.0"));
  expect(read("{'version': '18.0.1.0.0'}", "not-installable")).toMatchObject({ installable: false, version: "18.0.1.0.0" });
  expect(read("{'version': '18.0.1.0.0', 'installable': False}")).toMatchObject({ installable: false, version: "18.0.1.0.0" });
  expect(read("{'version': 'soon', 'installable': False}")).toMatchObject({ installable: false, version: "soon" });
});

test("a version that is a number reads as Python prints it", () => {
  expect(read("{'version': 1.0}").version).toBe("19.0.1.0");
  expect(read("{'version': 2.10}").version).toBe("19.0.2.1");
  expect(() => read("{'version': None}")).toThrow(refusal("RELEASE_MANIFEST_BROKEN", "pl_x/__manifest__.py:1:13"));
});

test.each([
  ["{'version': 'soon'}", "1 parts instead of two to five"],
  ["{'depends': 'base'}", '"depends" is a str'],
  ["{'depends': ['base', 3]}", ':1:22: the manifest can\'t be read: "depends" holds a int'],
  ["{'depends': ['web'], 'auto_install': ['sale']}", '"auto_install" names sale'],
  ["{'auto_install': 'base'}", '"auto_install" is a str'],
  ["{'external_dependencies': ['lxml']}", '"external_dependencies" is a list'],
  ["{'data': {'a': 1}}", '"data" is a dict'],
  ["{'post_init_hook': 3}", '"post_init_hook" is a int'],
  ["['name']", "it holds a list instead of a dictionary"],
  ["{1: 2}", "a key is a int"],
])("refuses %j", (text, message) => {
  expect(() => read(text)).toThrow(refusal("RELEASE_MANIFEST_BROKEN", message));
});

test("what Odoo can't decode is refused, because Odoo wouldn't see the module", () => {
  expect(() => read(Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toThrow(refusal("RELEASE_MANIFEST_BROKEN", "byte-order mark"));
  const latin = Uint8Array.from([...bytes("# -*- coding: latin-1 -*-\n{'name': 'caf"), 0xe9, ...bytes("'}")]);
  expect(() => read(latin)).toThrow(
    refusal(
      "RELEASE_MANIFEST_BROKEN",
      ":2:14: the manifest can't be read: it has bytes that are not UTF-8 (its coding comment says latin-1",
    ),
  );
  expect(read("# -*- coding: latin-1 -*-\n{'name': 'café'}").name).toBe("pl_x");
});

test("migration scripts are those that Odoo would run", () => {
  const paths = [
    "upgrades/19.0.1.1/end-c.py",
    "migrations/19.0.1.2.0/post-migrate.py",
    "migrations/1.1/pre-a.py",
    "migrations/0.0.0/end-b.py",
    "migrations/19.0.1.2.0.4/pre-too-many-parts.py",
    "migrations/1.1/readme.txt",
    "migrations/1.1/helpers.py",
    "migrations/1.1/deeper/pre-a.py",
    "migrations/tests/pre-a.py",
    "models/pre-a.py",
  ];
  expect(migrationScripts(paths)).toEqual([
    "migrations/0.0.0/end-b.py",
    "migrations/1.1/pre-a.py",
    "migrations/19.0.1.2.0/post-migrate.py",
    "upgrades/19.0.1.1/end-c.py",
  ]);
});

test("the server's version comes from release.py", () => {
  const release = (info: string): string => `RELEASE_LEVELS = []\nversion_info = ${info}\nseries = '.'.join([])\n`;
  expect(readServerVersion(release("(19, 0, 0, FINAL, 0, '')"))).toEqual({ series: "19.0", version: "19.0" });
  expect(readServerVersion(release("('saas~18', 4, 0, BETA, 1, '-20250918')"))).toEqual({
    series: "saas~18.4",
    version: "saas~18.4b1-20250918",
  });
  expect(readServerVersion(release("(major(), 0, 0, FINAL, 0, '')"))).toBeNull();
  expect(readServerVersion("version = '19.0'")).toBeNull();
});
