import { describe, expect, test } from "vitest";
import { readManifestSource } from "./manifest-source.ts";

const read = (text: string, module = "m"): ReturnType<typeof readManifestSource> => readManifestSource(module, text);

test("a manifest as OCA writes them", () => {
  const { manifest, problems } = read(`# Copyright
{
    "name": "Sale order type",
    "version": "19.0.1.2.0",
    "license": "AGPL-3",
    "category": "Sales",
    "depends": ["sale_stock", "account", "sale_stock"],
    "data": ["security/ir.model.access.csv", "views/sale.xml"],
    "init_xml": ["first.xml"],
    "demo": ["demo/sale.xml"],
    "assets": {"web.assets_backend": ["sale_order_type/static/src/**/*", ("remove", "web/static/x.js")]},
    "external_dependencies": {"python": ["openupgradelib"], "bin": None},
    "auto_install": ["account"],
    "post_init_hook": "post_init_hook",
    "pre_init_hook": "",
    "sequence": 5,
}`);
  expect(problems).toEqual([]);
  expect(manifest).toMatchObject({
    version: "19.0.1.2.0",
    depends: ["sale_stock", "account"],
    data: ["first.xml", "security/ir.model.access.csv", "views/sale.xml"],
    demo: ["demo/sale.xml"],
    autoInstall: ["account"],
    installable: true,
    application: false,
    externalDependencies: { python: ["openupgradelib"], bin: [] },
    assets: { "web.assets_backend": ["sale_order_type/static/src/**/*", ["remove", "web/static/x.js"]] },
    license: "AGPL-3",
    category: "Sales",
    hooks: { post_init_hook: "post_init_hook" },
  });
  expect(manifest?.entries["sequence"]).toBe(5);
});

describe("what Odoo makes of what is left out", () => {
  test.each([
    ["{}", { version: null, depends: ["base"], installable: true, autoInstall: false, license: null }],
    ['{"version": 1.0, "depends": [], "installable": 0}', { version: "1.0", depends: ["base"], installable: false }],
    ['{"version": 2, "auto_install": 1}', { version: "2", autoInstall: true }],
    ['{"auto_install": []}', { autoInstall: [] }],
  ])("%s", (text, expected) => {
    expect(read(text)).toMatchObject({ manifest: expected, problems: [] });
  });

  test("base depends on nothing", () => {
    expect(read('{"depends": ["web"]}', "base").manifest?.depends).toEqual([]);
  });
});

describe("what can't be used is named, with its line", () => {
  test.each([
    ['{"depends":\n "web"}', 2, /"depends".*list/],
    ['{"data": ["a.xml", 3]}', 1, /"data".*member/],
    ['{"auto_install": ["web"]}', 1, /names web/],
    ['{"assets": {"b": "x.js"}}', 1, /bundle b/],
    ['{"post_init_hook": ["f"]}', 1, /"post_init_hook"/],
    ['{"external_dependencies": ["requests"]}', 1, /dictionary/],
  ])("%s", (text, line, what) => {
    const { manifest, problems } = read(text);
    expect(manifest).not.toBeNull();
    expect(problems).toEqual([{ file: "__manifest__.py", line, kind: "manifest-value", what: expect.stringMatching(what) as string }]);
  });
});

describe("a manifest that is no literal is none", () => {
  test.each([
    ["a call", '{"name": "M",\n "version": open("VERSION").read()}', 2],
    ["a list", "[]", 1],
    ["nothing", "", 1],
    ["a byte-order mark", "\uFEFF{}", 1],
    ["a bomb of brackets", "[".repeat(100_000), 1],
  ])("%s", (_what, text, line) => {
    const { manifest, problems } = read(text);
    expect(manifest).toBeNull();
    expect(problems).toEqual([expect.objectContaining({ kind: "manifest-not-literal", line })]);
  });

  test("bytes that aren't UTF-8, and no file", () => {
    expect(readManifestSource("m", null).problems[0]?.kind).toBe("manifest-not-utf8");
    expect(readManifestSource("m", undefined).problems[0]?.kind).toBe("manifest-missing");
  });
});

test("keys that mean something to JavaScript are keys like others", () => {
  const { manifest } = read('{"__proto__": {"polluted": True}, "constructor": 1, "assets": {"__proto__": ["a.js"]}}');
  expect(Object.keys(manifest?.entries ?? {})).toEqual(["__proto__", "constructor", "assets"]);
  expect(Object.keys(manifest?.assets ?? {})).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
