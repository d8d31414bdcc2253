import type { AnswersSeen } from "../../domain/fleet/answers.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";
import { rowMaker, shown, type RowMaker } from "./evidence.ts";
import { answerRows } from "./verification-answers.ts";
import { verificationLimits as limits } from "./verification-limits.ts";

/** Everything that was seen of a new release from reopening until now. */
export interface Watched {
  readonly at: string;
  readonly sinceReopeningMs: number;
  readonly soakMs: number;
  readonly looks: { readonly whole: number; readonly failed: number };
  /** Where the gateway sends users: `pass to port 20010`, and whether that is the new release. */
  readonly route: { readonly right: boolean; readonly seen: string; readonly expected: string };
  readonly answers: AnswersSeen;
  readonly baseline: AnswersSeen | null;
  readonly workers: { readonly state: string; readonly downLooks: number };
  readonly health: {
    readonly asked: number;
    readonly unhealthyInARow: number;
    readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly seen: string }[];
  };
  readonly locks: { readonly asked: number; readonly looksWithWaits: number; readonly worst: readonly string[] };
  readonly background: { readonly cronsDue: number; readonly oldestDueMs: number | null; readonly jobsWaiting: number | null };
  readonly log: {
    readonly newErrors: readonly { readonly line: string; readonly times: number; readonly critical: boolean }[];
    /** The old workers were there to be compared with. */
    readonly compared: boolean;
  };
}

/** The rows of the verdict, most telling first. */
export function judgeVerification(watched: Watched): EvidenceRow[] {
  const of = (source: string): RowMaker => rowMaker(source, watched.at);
  return [
    ...answerRows(of("gateway"), watched.answers, watched.baseline),
    workersRow(of("process supervisor"), watched),
    ...healthRows(of("own questions"), watched),
    routeRow(of("gateway"), watched),
    coverageRow(of("gateway"), watched),
    locksRow(of("database"), watched),
    logRow(of("web log"), watched),
    backgroundRow(of("database"), watched),
  ];
}

/** Rows that may end the watch before its time: the rest may still become better. */
const certain = new Set(["answers-without-errors", "requests-answered", "workers-running", "own-questions-answered", "css-and-js-answer"]);

/** @param looksWrong for how many looks in a row this has been true, this one included */
export function isDefinitelyWrong(rows: readonly EvidenceRow[], watched: Watched, looksWrong: number): boolean {
  const failed = rows.filter((row) => row.outcome === "failed" && certain.has(row.id));
  if (failed.length === 0) return false;
  const { serverErrors, errorsInBody, unanswered } = watched.answers;
  return looksWrong >= limits.certainLooks || serverErrors + errorsInBody + unanswered >= limits.certainFailing;
}

export function looksWrong(rows: readonly EvidenceRow[]): boolean {
  return rows.some((row) => row.outcome === "failed" && certain.has(row.id));
}

function workersRow(row: RowMaker, { workers: { state, downLooks } }: Watched): EvidenceRow {
  const outcome: VerdictKind =
    downLooks > limits.downLooksMax || (state !== "running" && downLooks === limits.downLooksMax)
      ? "failed"
      : downLooks > 0
        ? "inconclusive"
        : "passed";
  const seen = downLooks === 0 ? state : `${state}; not running when looked at ${downLooks} times`;
  return row("workers-running", "The new workers run without ending or being restarted", outcome, "running", seen);
}

function healthRows(row: RowMaker, { health }: Watched): EvidenceRow[] {
  const assets = health.checks.filter((check) => check.name === "css" || check.name === "js");
  const others = health.checks.filter((check) => !assets.includes(check));
  const judge = (id: string, title: string, checks: typeof others, expected: string): EvidenceRow => {
    const bad = checks.filter((check) => !check.ok);
    const outcome: VerdictKind =
      checks.length === 0
        ? "inconclusive"
        : bad.length === 0
          ? "passed"
          : health.unhealthyInARow >= limits.unhealthyInARowMax
            ? "failed"
            : "inconclusive";
    const lines = checks.length === 0 ? "nothing could be asked" : shown(checks.map((check) => `${check.name}: ${check.seen}`));
    return row(id, title, outcome, expected, lines);
  };
  return [
    judge("own-questions-answered", `The workers answer Plimsoll's own questions (asked ${health.asked} times)`, others, "status 200"),
    judge("css-and-js-answer", "The login page's styles and scripts come", assets, "status 200, not empty"),
  ];
}

function routeRow(row: RowMaker, { route }: Watched): EvidenceRow {
  return row(
    "users-are-sent-there",
    "The gateway sends users to the new workers",
    route.right ? "passed" : "inconclusive",
    route.expected,
    route.seen,
  );
}

function coverageRow(row: RowMaker, { answers, sinceReopeningMs, soakMs, looks }: Watched): EvidenceRow {
  const countedMs = Math.min(answers.sinceMs, sinceReopeningMs);
  const enough = countedMs >= Math.min(soakMs, sinceReopeningMs) * limits.coveredShareMin;
  const failed = looks.failed === 0 ? "" : `, ${looks.failed} more couldn't be taken`;
  return row(
    "watched-long-enough",
    "The new release was watched since users were let in",
    enough ? "passed" : "inconclusive",
    `answers counted for at least ${seconds(Math.min(soakMs, sinceReopeningMs) * limits.coveredShareMin)}`,
    `${seconds(sinceReopeningMs)} since reopening, answers counted for ${seconds(countedMs)}; ${looks.whole} looks${failed}`,
  );
}

function locksRow(row: RowMaker, { locks }: Watched): EvidenceRow {
  const outcome: VerdictKind = locks.asked === 0 || locks.looksWithWaits >= limits.lockLooksMax ? "inconclusive" : "passed";
  return row(
    "no-long-lock-waits",
    `No session waits for a lock for longer than ${seconds(limits.lockMsMax)}`,
    outcome,
    `in fewer than ${limits.lockLooksMax} looks`,
    locks.looksWithWaits === 0
      ? `in none of ${locks.asked}`
      : { looks: locks.looksWithWaits, of: locks.asked, longest: shown(locks.worst) },
  );
}

function logRow(row: RowMaker, { log }: Watched): EvidenceRow {
  const { newErrors } = log;
  const odd = newErrors.length >= limits.logKindsMax || newErrors.some((error) => error.critical || error.times >= limits.logTimesMax);
  const against = log.compared ? "that the old workers' log doesn't have" : "(the old workers are gone, so every kind is new)";
  return row(
    "log-without-new-errors",
    `The web log has no errors ${against}, beyond one or two`,
    odd ? "inconclusive" : "passed",
    `nothing critical, fewer than ${limits.logKindsMax} kinds, none ${limits.logTimesMax} times`,
    newErrors.length === 0 ? "none" : shown(newErrors.map((error) => `${error.times} × ${error.line}`)),
  );
}

/** Background work is stopped while the release is watched, so what is due only tells what will start then. */
function backgroundRow(row: RowMaker, { background: { cronsDue, oldestDueMs, jobsWaiting } }: Watched): EvidenceRow {
  const since = oldestDueMs === null ? "" : `, the oldest for ${seconds(oldestDueMs)}`;
  const jobs = jobsWaiting === null ? "" : `; ${jobsWaiting} jobs wait`;
  return row(
    "background-work-due",
    "Work that waits for the background to start (for information)",
    "passed",
    "shown",
    `${cronsDue} scheduled actions are due${since}${jobs}`,
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
