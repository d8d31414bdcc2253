import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { externalDependencies } from "./external-dependencies.ts";

it("tells what is needed now and what no longer is", () => {
  const old = moduleOf("acme", '"external_dependencies": {"python": ["xlrd", "requests"]}');
  const now = moduleOf("acme", '"external_dependencies": {"python": ["requests", "zeep>=4"], "bin": ["wkhtmltopdf"]}');
  expect(found(externalDependencies, { old, new: now })).toEqual([
    "external-dependency-new acme: The module now needs the Python library zeep>=4.",
    "external-dependency-gone acme: The module no longer needs the Python library xlrd.",
    "external-dependency-new acme: The module now needs the program wkhtmltopdf.",
  ]);
  expect(found(externalDependencies, { old: now, new: now })).toEqual([]);
});
