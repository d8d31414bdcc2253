import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { assets } from "./assets.ts";
import { matcherOf } from "./globs.ts";

function bundle(entries: string): ReturnType<typeof moduleOf> {
  return {
    ...moduleOf("acme", `"assets": {"web.assets_backend": [${entries}]}`),
    "acme/static/src/js/a.js": "",
    "acme/static/src/deep/er/b.js": "",
  };
}

it.each([
  ["a file that isn't there", '"acme/static/src/js/c.js"', /^asset-missing acme: .*c.js/],
  ["a pattern that nothing matches", '"acme/static/scr/**/*"', /^asset-missing acme: /],
  ["a place that isn't there", '("after", "base/static/gone.js", "acme/static/src/js/a.js")', /^asset-target-missing acme: /],
  ["an instruction that is none", '("behind", "acme/static/src/js/a.js", "acme/static/src/js/a.js")', /^asset-directive acme: /],
  ["a file that isn't for browsers", '"acme/__init__.py"', /^asset-outside acme: /],
  ["a way out of the module", '"acme/static/../../base/static/src/x.js"', /^asset-outside acme: /],
  ["another server", '"https://cdn.example.com/lib.js"', /^asset-external acme: /],
])("finds %s", (_what, entries, says) => {
  expect(found(assets, { old: null, new: bundle(entries) })).toEqual([expect.stringMatching(says)]);
});

it("finds a file of a module that needn't be there", () => {
  const other = { ...moduleOf("other", ""), "other/static/src/o.js": "" };
  const modules = (depends: string): Parameters<typeof found>[1]["new"] => ({
    ...other,
    ...bundle('"other/static/src/o.js"'),
    ...moduleOf("acme", `${depends}"assets": {"web.assets_backend": ["other/static/src/o.js"]}`),
  });
  expect(found(assets, { old: null, new: modules("") })).toEqual([expect.stringMatching(/^asset-outside acme: .*o.js/)]);
  expect(found(assets, { old: null, new: modules(`"depends": ["other"], `) })).toEqual([]);
});

it("leaves alone what is there", () => {
  const entries =
    '"acme/static/src/**/*.js", ("include", "web._assets_helpers"), ("remove", "acme/static/src/gone.js"), ("prepend", "acme/static/src/js/a.js")';
  expect(found(assets, { old: null, new: bundle(entries) })).toEqual([]);
});

it.each([
  ["static/**/*.js", "static/a/b/c.js", true],
  ["static/**/*.js", "static/c.js", true],
  ["static/*/c.js", "static/a/b/c.js", false],
  ["static/[ab].js", "static/b.js", true],
  ["static/a?.js", "static/ab.js", true],
  ["static/a.js", "static/aXjs", false],
  ["static/[!a].js", "static/b.js", true],
  ["static/[a-c]x.js", "static/bx.js", true],
  ["static/[.js", "static/[.js", true],
  [`static/${"*a".repeat(60)}b`, `static/${"a".repeat(250)}`, false],
  ["**/*", "x/y", true],
  ["static/**/**/**/**/**/**/**/**/x", `${"static/".repeat(60)}y`, false],
])("matches %s with %.30s: %s", (glob, path, matches) => {
  expect(matcherOf(glob)(path)).toBe(matches);
});
