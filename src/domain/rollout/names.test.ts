import { describe, expect, it } from "vitest";
import { candidateName, copyBeforeName, copyName, originalName } from "./names.ts";

describe("names of a deployment's databases", () => {
  it("says whose they are", () => {
    expect(candidateName("acme", "D-12")).toBe("acme_pl_d12");
    expect(originalName("acme", "D-12")).toBe("acme_pl_d12_was");
    expect(copyName("acme", "D-12")).toBe("acme_pl_d12_try");
    expect(copyBeforeName("acme", "D-12")).toBe("acme_pl_d12_old");
  });

  it.each(["x".repeat(63), "ü".repeat(31), "😀".repeat(15)])("fits PostgreSQL's 63 bytes, whole characters only: %s", (live) => {
    const names = [candidateName, originalName, copyName, copyBeforeName].map((nameOf) => nameOf(live, "D-123456"));
    expect(new Set(names).size).toBe(4);
    for (const name of names) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      expect(name).not.toContain("\ufffd");
    }
    expect(candidateName(live, "D-1")).not.toBe(candidateName(live, "D-2"));
  });
});
