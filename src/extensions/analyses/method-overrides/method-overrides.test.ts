import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { methodOverrides } from "./method-overrides.ts";
import { cannotStandFor, signatureOf } from "./parameters.ts";

type Files = ReturnType<typeof moduleOf>;

function model(name: string, head: string, body: string, depends = "base"): Files {
  return {
    ...moduleOf(name, `"depends": ["${depends}"]`),
    [`${name}/__init__.py`]: "from . import order\n",
    [`${name}/order.py`]: `from odoo import models\n\n\nclass Order(models.Model):\n    ${head}\n\n${body}`,
  };
}

const parent = (body: string): Files => model("acme", '_name = "acme.order"', body);
const child = (body: string): Files => model("more", '_inherit = "acme.order"', body, "acme");
const method = (parameters: string, body = "return 1"): string => `    def prepare(self${parameters}):\n        ${body}\n`;

it("finds an override that doesn't take what its parent takes by now", () => {
  const override = child(method("", "return super().prepare()"));
  const says = /^override-signature more: acme.order.prepare overrides a method of acme that takes \(final=False\): it doesn't take final/;
  expect(
    found(methodOverrides, { old: { ...parent(method("")), ...override }, new: { ...parent(method(", final=False")), ...override } }),
  ).toEqual([expect.stringMatching(says)]);
  const both = { ...parent(method(", final=False")), ...override };
  expect(found(methodOverrides, { old: both, new: both })).toEqual([]);
});

it("finds an override whose parent went", () => {
  const override = child(method("", "return super().prepare()"));
  expect(found(methodOverrides, { old: { ...parent(method("")), ...override }, new: { ...parent("    x = 1\n"), ...override } })).toEqual([
    "override-parent-removed more: acme.order.prepare calls super(), and acme no longer has the method.",
  ]);
});

it("finds a write that keeps others from writing", () => {
  const first = parent("    def write(self, vals):\n        return super().write(vals)\n");
  const silent = child("    def write(self, vals):\n        return True\n");
  expect(found(methodOverrides, { old: null, new: { ...first, ...silent } })).toEqual([
    expect.stringMatching(/^override-without-super more: /),
  ]);
  expect(found(methodOverrides, { old: null, new: first })).toEqual([]);
});

it.each([
  ["the same", ["vals"], ["vals"], null],
  ["a new one with a default", ["vals", "x=1"], ["vals"], null],
  ["anything", ["*args", "**kwargs"], ["a", "b=1"], null],
  ["another name at the place", ["values"], ["vals"], null],
  ["one less", ["a"], ["a", "b=1"], "it doesn't take b"],
  ["one more", ["a", "b"], ["a"], "it asks for b"],
  ["one less by keyword", ["a"], ["a", "*", "key=None"], "it doesn't take key"],
  ["any keyword", ["a", "**kw"], ["a", "*", "key=None"], null],
])("compares signatures: %s", (_what, override, original, why) => {
  expect(cannotStandFor(signatureOf(override), signatureOf(original))).toBe(why);
});
