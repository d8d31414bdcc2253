import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { autoInstall } from "./auto-install.ts";

const old = moduleOf("acme", '"depends": ["base"]');
const needsExtra = { ...moduleOf("acme", '"depends": ["extra"]'), ...moduleOf("extra") };

it("finds what the update installs: new dependencies, and what only waited for them", () => {
  const glue = moduleOf("glue", '"depends": ["acme", "extra"], "auto_install": True');
  expect(found(autoInstall, { old, new: { ...needsExtra, ...glue } })).toEqual([
    "module-installs-itself extra: The update installs the module: acme now depends on it.",
    "module-installs-itself glue: The update installs the module: what it waits for is there.",
  ]);
});

it("isn't sure where it depends on the company's country", () => {
  const local = moduleOf("l10n_x", '"depends": ["extra"], "auto_install": True, "countries": ["be"]');
  const findings = [...autoInstall.find(groundOf({ old, new: { ...needsExtra, ...local } }))];
  expect(findings.find((finding) => finding.module === "l10n_x")).toMatchObject({ unsure: true, what: expect.stringMatching(/in BE\.$/) });
});

it("notes what looks as if it installed itself, and doesn't", () => {
  const waits = moduleOf("waits", '"depends": ["acme"], "auto_install": True');
  expect(found(autoInstall, { old, new: { ...old, ...waits } })).toEqual([expect.stringMatching(/^auto-install-waits waits: /)]);
});

it("finds modules that exclude each other", () => {
  const excludes = { ...moduleOf("acme", '"depends": ["extra"], "excludes": ["extra"]'), ...moduleOf("extra") };
  expect(found(autoInstall, { old, new: excludes })).toContain(
    "module-excluded acme: The module excludes extra, and both would be installed.",
  );
  expect(found(autoInstall, { old, new: moduleOf("acme", '"excludes": ["extra"]') })).toEqual([]);
});
