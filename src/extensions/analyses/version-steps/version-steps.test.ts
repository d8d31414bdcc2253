import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { versionSteps } from "./version-steps.ts";

const old = { ...moduleOf("acme", '"version": "19.0.1.1.0", "depends": ["base"]'), "acme/data.xml": "<odoo/>" };
const raised = (version: string, more = ""): typeof old => ({
  ...old,
  ...moduleOf("acme", `"version": "${version}", "depends": ["base"]${more}`),
});
const script = { "acme/migrations/19.0.1.2.0/pre-fill.py": "def migrate(cr, version):\n    pass\n" };

it("finds a version that goes down, in the release and against the database", () => {
  expect(found(versionSteps, { old, new: raised("19.0.1.0.9") })).toEqual([
    "version-goes-down acme: The version goes down from 19.0.1.1.0 in the old release to 19.0.1.0.9.",
  ]);
  const installed = { base: "19.0.1.3", acme: "19.0.1.3.0" };
  expect(found(versionSteps, { old, new: raised("19.0.1.2.0"), installed })).toContain(
    "version-goes-down acme: The version goes down from 19.0.1.3.0 in the database to 19.0.1.2.0.",
  );
});

it("finds scripts that will not run, and an update that nobody would ask for", () => {
  expect(found(versionSteps, { old, new: { ...old, ...script } })).toEqual([
    expect.stringMatching(/^scripts-silent acme: .*19.0.1.1.0: none/),
  ]);
  const depends = raised("19.0.1.1.0", ', "data": ["data.xml"]');
  const data = { ...depends, "acme/data.xml": '<odoo><record id="x" model="res.partner"><field name="name">X</field></record></odoo>' };
  expect(found(versionSteps, { old, new: data })).toEqual([expect.stringMatching(/^version-not-raised acme: /)]);
});

it("notes a version that rises for nothing, and is silent when there is a reason", () => {
  expect(found(versionSteps, { old, new: raised("19.0.1.1.1") })).toEqual([expect.stringMatching(/^version-raised-alone acme: /)]);
  expect(found(versionSteps, { old, new: { ...raised("19.0.1.2.0"), ...script } })).toEqual([]);
});
