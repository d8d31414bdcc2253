import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { dependencies } from "./dependencies.ts";

it("finds what is missing, circular or not installable", () => {
  const files = {
    ...moduleOf("a", '"depends": ["b"]'),
    ...moduleOf("b", '"depends": ["c"]'),
    ...moduleOf("c", '"depends": ["a"]'),
    ...moduleOf("lonely", '"depends": ["nowhere"]'),
    ...moduleOf("old", '"installable": False'),
    ...moduleOf("needs_old", '"depends": ["old"]'),
  };
  const told = found(dependencies, { old: null, new: files });
  expect(told.map((line) => line.split(":")[0])).toEqual([
    "dependency-cycle a",
    "dependency-missing lonely",
    "dependency-not-installable needs_old",
  ]);
  const [cycle] = [...dependencies.find(groundOf({ old: null, new: files }))];
  expect(cycle?.what).toBe("Modules depend on each other in a circle: a → b → c → a.");
});

it("finds a module that Odoo's own hides", () => {
  expect(found(dependencies, { old: null, new: moduleOf("sale") })).toEqual([
    expect.stringMatching(/^module-shadowed sale: .*never loaded/),
  ]);
});

it("finds installed modules whose code is gone, with who depends on them", () => {
  const old = { ...moduleOf("acme"), ...moduleOf("more", '"depends": ["acme"]') };
  const findings = [...dependencies.find(groundOf({ old, new: moduleOf("more", '"depends": ["acme"]') }))];
  expect(findings.map(({ rule, module, atLeast }) => [rule, module, atLeast])).toEqual([
    ["module-gone", "acme", "K5"],
    ["dependency-missing", "more", undefined],
  ]);
});

it("says once what it can't tell without a base, and takes modules without code for what they are", () => {
  const files = { ...moduleOf("a", '"depends": ["crm"]'), ...moduleOf("b", '"depends": ["crm", "sale"]') };
  expect(found(dependencies, { old: files, new: files, base: {} })).toEqual([expect.stringMatching(/^base-unknown a: .*crm, sale exist/)]);
});
