import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { sampleBaseFiles } from "../../../../test/conformance/sample-grounds.ts";
import { licences } from "./licences.ts";

it("finds licences that don't go together, and one that Odoo can't store", () => {
  const files = {
    ...moduleOf("free", '"license": "AGPL-3"'),
    ...moduleOf("sold", '"license": "OPL-1", "depends": ["free"]'),
    ...moduleOf("kin", '"license": "AGPL-3", "depends": ["free"]'),
    ...moduleOf("odd", '"license": "MIT"'),
  };
  expect(found(licences, { old: null, new: files })).toEqual([
    "licence-unknown odd: Odoo doesn't know the licence MIT.",
    "licence-conflict sold: The module is under OPL-1 and depends on free, which is under AGPL-3.",
  ]);
});

it("finds a new dependency on Enterprise, once", () => {
  const base = { ...sampleBaseFiles, ...moduleOf("studio", '"license": "OEEL-1"') };
  const now = moduleOf("acme", '"depends": ["studio"]');
  expect(found(licences, { old: moduleOf("acme"), new: now, base })).toEqual([
    expect.stringMatching(/^enterprise-dependency acme: .*studio/),
  ]);
  expect(found(licences, { old: now, new: now, base })).toEqual([]);
});
