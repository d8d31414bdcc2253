import { judgeProblems } from "./log-allowances.ts";
import type { LogProblem } from "./log-grammar.ts";

/** A warning or error as it is compared between two runs: what varies is taken out. */
export function warningKey({ level, logger, pattern }: Pick<LogProblem, "level" | "logger" | "pattern">): string {
  return `${level} ${logger}: ${pattern}`;
}

/** How the problems of an update are judged. */
export type ProblemRule =
  /** By the list of what is known to be harmless. */
  | { readonly by: "list" }
  /** Nobody waits: warnings that the list doesn't explain are for people to read before they approve; errors count. */
  | { readonly by: "rehearsing" }
  /** What was seen when the change was rehearsed, and so was read by those who approved it, isn't new; the list counts beside it. */
  | { readonly by: "rehearsal"; readonly seen: readonly string[] };

/** Splits problems into those that speak against the update and those that don't. */
export function judgeAgainst(
  problems: readonly LogProblem[],
  rule: ProblemRule,
): { readonly unexplained: readonly LogProblem[]; readonly known: number; readonly toRead: readonly LogProblem[] } {
  const { unexplained } = judgeProblems(problems);
  const rehearsed = new Set(rule.by === "rehearsal" ? rule.seen : []);
  const against = unexplained.filter((problem) => !rehearsed.has(warningKey(problem)));
  const toRead = rule.by === "rehearsing" ? against.filter((problem) => problem.level === "WARNING") : [];
  const left = against.filter((problem) => !toRead.includes(problem));
  return { unexplained: left, known: problems.length - left.length - toRead.length, toRead };
}
