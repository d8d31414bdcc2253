import { describe, expect, it } from "vitest";
import { compareVersions, parseVersion } from "./odoo-version.ts";

describe("versions as Odoo compares them", () => {
  it("orders what parse_version.py lists as ordered", () => {
    for (const list of [
      ["0", "4.2", "4.2.3.4", "5.0.0-alpha", "5.0.0-rc1", "5.0.0-rc1.1", "5.0.0_rc2", "5.0.0_rc3", "5.0.0"],
      ["5.0.0-0_rc3", "5.0.0-1dev", "5.0.0-1"],
    ]) {
      for (let index = 1; index < list.length; index += 1)
        expect(compareVersions(list[index - 1] as string, list[index] as string), `${list[index - 1]} < ${list[index]}`).toBeLessThan(0);
    }
  });

  it("compares numbers, not text, and ignores trailing zeros", () => {
    expect(compareVersions("19.0.1.10.0", "19.0.1.9.0")).toBeGreaterThan(0);
    expect(compareVersions("19.0.1.0", "19.0.1")).toBe(0);
    expect(compareVersions("19.0.1.0.1", "19.0.1")).toBeGreaterThan(0);
  });

  it("takes no version for 0.1, as Odoo does", () => {
    expect(parseVersion("")).toEqual(parseVersion("0.1"));
  });
});
