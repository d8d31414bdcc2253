/** @typedef {{ name: string, passed: number, failed: number, why: string[] }} Outcome */

/** What a program that only says yes or no counts as. */
export function outcomeOfCheck(name, exitCode) {
  return exitCode === 0 ? { name, passed: 1, failed: 0, why: [] } : { name, passed: 0, failed: 1, why: [`exit code ${exitCode}`] };
}

/**
 * Counts from vitest's own JSON report. What can't run fails: no report, no test, a file that couldn't be loaded, a skipped
 * test, and a runner that ends badly although every test passed.
 */
export function outcomeOfVitest(name, report, exitCode) {
  if (report === null || typeof report !== "object") return { name, passed: 0, failed: 1, why: [`no report, exit code ${exitCode}`] };
  const why = [];
  let passed = 0;
  let failed = 0;
  for (const file of report.testResults ?? []) {
    const tests = file.assertionResults ?? [];
    for (const test of tests) {
      if (test.status === "passed") passed += 1;
      else {
        failed += 1;
        why.push(`${test.status === "failed" ? "failed" : `not run (${test.status})`}: ${test.fullName}`);
      }
    }
    if (file.status === "failed" && !tests.some((test) => test.status === "failed")) {
      failed += 1;
      why.push(`failed as a whole: ${file.name}`);
    }
  }
  if (passed + failed === 0) return { name, passed: 0, failed: 1, why: ["no test ran"] };
  if (failed === 0 && (exitCode !== 0 || report.success === false)) {
    failed = 1;
    why.push(`the runner ended with exit code ${exitCode}`);
  }
  return { name, passed, failed, why };
}

export function total(outcomes) {
  const sum = (key) => outcomes.reduce((all, outcome) => all + outcome[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

const shownReasons = 20;

/** A table of the outcomes with the reasons of the failed ones; its last line is `N passed, N failed`. */
export function summary(outcomes) {
  const width = Math.max(0, ...outcomes.map(({ name }) => name.length));
  const lines = outcomes.flatMap(({ name, passed, failed, why }) => [
    `  ${failed === 0 ? "ok  " : "FAIL"}  ${name.padEnd(width)}  ${passed} passed, ${failed} failed`,
    ...why.slice(0, shownReasons).map((reason) => `          ${reason}`),
    ...(why.length > shownReasons ? [`          and ${why.length - shownReasons} more`] : []),
  ]);
  const { passed, failed } = total(outcomes);
  return [...lines, `${passed} passed, ${failed} failed`].join("\n");
}
