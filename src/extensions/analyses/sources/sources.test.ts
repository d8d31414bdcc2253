import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { sources } from "./sources.ts";

it("finds Python that can't be compiled, at its place", () => {
  const [finding] = [
    ...sources.find(groundOf({ old: null, new: { ...moduleOf("acme"), "acme/__init__.py": "X = 1\ndef act(self:\n    pass\n" } })),
  ];
  expect(finding).toMatchObject({ rule: "python-syntax", severity: "error", module: "acme", file: "__init__.py", line: 2 });
});

it("finds an import of a file that was forgotten", () => {
  expect(found(sources, { old: null, new: { ...moduleOf("acme"), "acme/__init__.py": "from .modles import order\n" } })).toContainEqual(
    expect.stringMatching(/^python-import acme: .*modles/),
  );
});

it("finds a manifest whose dependencies are a text", () => {
  expect(found(sources, { old: null, new: moduleOf("acme", '"depends": "sale"') })).toEqual([
    expect.stringMatching(/^manifest-value acme: .*depends/),
  ]);
});

it("passes on what the tree has beside its modules, and is silent about one that is fine", () => {
  const ground = groundOf({ old: null, new: moduleOf("acme") });
  expect([...sources.find(ground)]).toEqual([]);
  const problems = [{ path: "addons/acme-shop", kind: "module-name", what: "Odoo doesn't see a module whose name is acme-shop." }];
  expect([...sources.find({ ...ground, after: { ...ground.after, problems } })]).toMatchObject([
    { rule: "module-not-seen", module: "acme-shop" },
  ]);
});
