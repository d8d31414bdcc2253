import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { manifest } from "./manifest.ts";

it.each([
  ["a manifest that isn't a literal", { "acme/__manifest__.py": '{"name": NAME}' }, /^manifest-unreadable acme: /],
  ["a version with a suffix", moduleOf("acme", '"version": "19.0.1.0-rc1"'), /^version-malformed acme: The version "19.0.1.0-rc1"/],
  [
    "a version of another series",
    moduleOf("acme", '"version": "18.0.1.0.0"'),
    /^version-other-series acme: The version 18.0.1.0.0 isn't one of the series 19.0/,
  ],
  [
    "auto_install for a stranger",
    moduleOf("acme", '"auto_install": ["sale"]'),
    /^auto-install-not-a-dependency acme: auto_install names sale/,
  ],
  [
    "no author and no licence",
    { "acme/__manifest__.py": '{"name": "A", "version": "19.0.1.0.0"}' },
    /^manifest-incomplete acme: .*no author and no license/,
  ],
])("finds %s", (_what, files, says) => {
  expect(found(manifest, { old: null, new: files })).toEqual([expect.stringMatching(says)]);
});

it("leaves alone what waits to be ported, short versions, and dependencies by default", () => {
  const files = {
    ...moduleOf("waits", '"version": "16.0.1.0.0", "installable": False'),
    ...moduleOf("short", '"version": "1.2"'),
    ...moduleOf("auto", '"auto_install": ["base"]'),
  };
  expect(found(manifest, { old: null, new: files })).toEqual([]);
});

it("says that an installed module would lose its code", () => {
  const [first] = [...manifest.find(groundWith("18.0.1.0.0"))];
  expect(first?.meaning).toMatch(/installed here/);
});

function groundWith(version: string): Parameters<typeof manifest.find>[0] {
  const installed = { base: "19.0.1.3", acme: "19.0.1.0.0" };
  return groundOf({ old: moduleOf("acme"), new: moduleOf("acme", `"version": "${version}"`), installed });
}
