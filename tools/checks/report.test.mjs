import { describe, expect, test } from "vitest";
import { outcomeOfCheck, outcomeOfVitest, summary, total } from "./report.mjs";

const test1 = (status, fullName = "a test") => ({ status, fullName });
const report = (...files) => ({ success: files.every(({ status }) => status === "passed"), testResults: files });
const file = (status, ...assertionResults) => ({ name: "x.test.ts", status, assertionResults });

describe("counting a vitest report", () => {
  test("counts passed and failed tests", () => {
    const outcome = outcomeOfVitest(
      "unit",
      report(file("passed", test1("passed"), test1("passed")), file("failed", test1("passed"), test1("failed", "it breaks"))),
      1,
    );
    expect(outcome).toEqual({ name: "unit", passed: 3, failed: 1, why: ["failed: it breaks"] });
  });

  test("a run without a report is one failure", () => {
    expect(outcomeOfVitest("e2e", null, 1)).toMatchObject({ passed: 0, failed: 1 });
  });

  test("a run without tests is one failure", () => {
    expect(outcomeOfVitest("e2e", report(), 0)).toMatchObject({ passed: 0, failed: 1, why: ["no test ran"] });
  });

  test("a file that couldn't be loaded is one failure", () => {
    expect(outcomeOfVitest("unit", report(file("failed"), file("passed", test1("passed"))), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test.each(["skipped", "pending", "todo"])("a %s test is a failure", (status) => {
    expect(outcomeOfVitest("e2e", report(file("passed", test1(status))), 0)).toMatchObject({ passed: 0, failed: 1 });
  });

  test("a bad end of the runner is a failure although every test passed", () => {
    expect(outcomeOfVitest("store", report(file("passed", test1("passed"))), 1)).toMatchObject({ passed: 1, failed: 1 });
  });
});

test("the summary ends with the counts alone on a line", () => {
  const outcomes = [outcomeOfCheck("types", 0), outcomeOfCheck("lint", 2), { name: "unit", passed: 40, failed: 0, why: [] }];
  expect(total(outcomes)).toEqual({ passed: 41, failed: 1 });
  expect(summary(outcomes).split("\n").at(-1)).toBe("41 passed, 1 failed");
});

test("many reasons are cut, the counts aren't", () => {
  const outcome = outcomeOfVitest(
    "unit",
    report(file("failed", ...Array.from({ length: 50 }, (_, index) => test1("failed", `t${index}`)))),
    1,
  );
  expect(summary([outcome])).toContain("and 30 more");
  expect(summary([outcome])).toContain("0 passed, 50 failed");
});
