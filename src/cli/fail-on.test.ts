import { expect, it } from "vitest";
import { sampleAnalysis } from "../../test/app/sample-analysis.ts";
import { failsOn, thresholdOf } from "./fail-on.ts";

const of = (severity: "error" | "warning" | "note"): Pick<typeof sampleAnalysis, "findings" | "plannedClass"> => ({
  plannedClass: "K2",
  findings: sampleAnalysis.findings.slice(0, 1).map((finding) => ({ ...finding, severity })),
});

it.each([
  ["error", "error", true],
  ["error", "warning", false],
  ["warning", "warning", true],
  ["warning", "note", false],
  ["note", "note", true],
  ["K2", "note", true],
  ["K3", "note", false],
  ["K3", "error", true],
] as const)("--fail-on %s with a finding of %s and the class K2: %s", (threshold, severity, fails) => {
  expect(failsOn(of(severity), threshold)).toBe(fails);
});

it("takes one tree, which has no class, by its errors", () => {
  expect(failsOn({ plannedClass: null, findings: [] }, "K0")).toBe(false);
});

it("reads what people type", () => {
  expect(thresholdOf("k3")).toBe("K3");
  expect(() => thresholdOf("K6")).toThrow(/must be one of error/);
});
