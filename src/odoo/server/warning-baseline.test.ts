import { describe, expect, it } from "vitest";
import type { LogProblem } from "./log-grammar.ts";
import { judgeAgainst, warningKey } from "./warning-baseline.ts";

const problem = (level: LogProblem["level"], pattern: string): LogProblem => ({
  level,
  logger: "odoo.addons.acme",
  pattern,
  example: pattern,
  count: 1,
  line: 1,
});
const slow = problem("WARNING", "slow <n>");
const broken = problem("ERROR", "broken");
const harmless: LogProblem = { ...problem("WARNING", "DeprecationWarning: old"), logger: "py.warnings" };

describe("warnings of an update", () => {
  it("count when no list explains them", () => {
    const judged = judgeAgainst([slow, harmless], { by: "list" });
    expect(judged).toEqual({ unexplained: [slow], known: 1, toRead: [] });
  });

  it("are for people to read when it is a rehearsal; errors count there too", () => {
    expect(judgeAgainst([slow, broken, harmless], { by: "rehearsing" })).toEqual({ unexplained: [broken], known: 1, toRead: [slow] });
  });

  it("aren't new when the rehearsal saw them, by what doesn't vary", () => {
    const seen = [warningKey(slow)];
    expect(judgeAgainst([slow], { by: "rehearsal", seen }).unexplained).toEqual([]);
    const worse = problem("ERROR", "slow <n>");
    const other = problem("WARNING", "slower");
    expect(judgeAgainst([worse, other], { by: "rehearsal", seen }).unexplained).toEqual([worse, other]);
  });

  it("count when the rehearsal didn't have them, unless the list explains them", () => {
    const judged = judgeAgainst([slow, harmless], { by: "rehearsal", seen: [] });
    expect(judged).toEqual({ unexplained: [slow], known: 1, toRead: [] });
  });
});
