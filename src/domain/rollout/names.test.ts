import { describe, expect, it } from "vitest";
import { candidateName, originalName } from "./names.ts";

describe("names of a deployment's databases", () => {
  it("says whose they are", () => {
    expect(candidateName("acme", "D-12")).toBe("acme_pl_d12");
    expect(originalName("acme", "D-12")).toBe("acme_pl_d12_was");
  });

  it.each(["x".repeat(63), "ü".repeat(31), "😀".repeat(15)])("fits PostgreSQL's 63 bytes, whole characters only: %s", (live) => {
    for (const name of [candidateName(live, "D-123456"), originalName(live, "D-123456")]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      expect(name).not.toContain("\ufffd");
    }
    expect(candidateName(live, "D-1")).not.toBe(candidateName(live, "D-2"));
  });
});
