import type { AnswersSeen } from "../../domain/fleet/answers.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";
import type { RowMaker } from "./evidence.ts";
import { verificationLimits as limits } from "./verification-limits.ts";

/** Under this name the gateway counts what its list has no place for. */
const otherNames = "others";
const namesShownMax = 5;

/** What users got, against what they got from the old release. */
export function answerRows(row: RowMaker, now: AnswersSeen, before: AnswersSeen | null): EvidenceRow[] {
  return [
    errorsRow(row, now, before),
    unansweredRow(row, now, before),
    businessRow(row, now, before),
    unreadRow(row, now),
    ...speedRows(row, now, before),
  ];
}

function errorsRow(row: RowMaker, now: AnswersSeen, before: AnswersSeen | null): EvidenceRow {
  const failing = failingOf(now);
  const share = shareOf(failing, now.answers);
  const usual = before === null ? 0 : shareOf(failingOf(before), before.answers);
  const shareMax = Math.max(limits.shareMax, usual * limits.shareTimesBaseline);
  const unknownNames = newNames(now, before);
  const wrong = (failing >= limits.failingMin && share > shareMax) || unknownNames.length > 0;
  const certain = isMeasured(before) || (failing >= limits.unmeasuredFailingMin && share > limits.unmeasuredShareMax);
  const outcome: VerdictKind = !wrong ? "passed" : certain ? "failed" : "inconclusive";
  const count = before?.answers ?? 0;
  const measured = isMeasured(before)
    ? `before, ${percent(usual)} of ${count} did`
    : `the old release gave only ${count} answers to compare with`;
  return row(
    "answers-without-errors",
    "Users' requests are answered without errors of the release, in status or body",
    outcome,
    `at most ${percent(shareMax)} fail, and none again and again in a new way; ${measured}`,
    now.answers === 0
      ? "no user has asked yet"
      : `${failing} of ${now.answers} answers failed (${percent(share)})${namesText(now, unknownNames)}`,
  );
}

function unansweredRow(row: RowMaker, now: AnswersSeen, before: AnswersSeen | null): EvidenceRow {
  const sent = now.answers + now.unanswered;
  const usual = before === null ? 0 : shareOf(before.unanswered, before.answers + before.unanswered);
  const shareMax = Math.max(limits.unansweredShareMax, usual * limits.shareTimesBaseline);
  const wrong = now.unanswered >= limits.failingMin && shareOf(now.unanswered, sent) > shareMax;
  return row(
    "requests-answered",
    "The new workers answer what they are sent",
    wrong ? "failed" : "passed",
    `at most ${percent(shareMax)} without an answer`,
    `${now.unanswered} of ${sent} requests had none`,
  );
}

function businessRow(row: RowMaker, now: AnswersSeen, before: AnswersSeen | null): EvidenceRow {
  const share = shareOf(now.businessErrors, now.answers);
  const usual = before === null ? 0 : shareOf(before.businessErrors, before.answers);
  const shareMax = Math.max(limits.businessShareMax, usual * limits.businessTimesBaseline);
  const odd = now.businessErrors >= limits.businessMin && share > shareMax;
  return row(
    "business-errors-usual",
    "Users aren't denied or corrected far more often than before",
    odd ? "inconclusive" : "passed",
    `at most ${percent(Math.min(1, shareMax))} of the answers`,
    `${now.businessErrors} of ${now.answers} (${percent(share)}; before, ${percent(usual)})`,
  );
}

function unreadRow(row: RowMaker, now: AnswersSeen): EvidenceRow {
  const odd = now.unread >= limits.unreadMin && shareOf(now.unread, now.answers) > limits.unreadShareMax;
  return row(
    "answers-read",
    "Answers could be read for errors",
    odd ? "inconclusive" : "passed",
    `all but ${percent(limits.unreadShareMax)}`,
    `${now.unread} of ${now.answers} couldn't`,
  );
}

/** Only where there are enough answers to speak of a speed; otherwise it says how few there were. */
function speedRows(row: RowMaker, now: AnswersSeen, before: AnswersSeen | null): EvidenceRow[] {
  const usual = isMeasured(before) ? (before?.latencyMs ?? null) : null;
  const judge = (which: "p95" | "p99", words: string, answersMin: number, msMax: number, msExtreme: number): EvidenceRow => {
    const slowMs = Math.max(msMax, (usual?.[which] ?? 0) * limits.slowTimesBaseline);
    const extremeMs = Math.max(msExtreme, (usual?.[which] ?? 0) * limits.extremeTimesBaseline);
    const ms = now.latencyMs?.[which] ?? null;
    const enough = now.answers >= answersMin;
    const some = now.answers >= limits.speedAnswersMin;
    const outcome: VerdictKind = ms === null || !some || ms <= slowMs ? "passed" : enough && ms > extremeMs ? "failed" : "inconclusive";
    const seen = ms === null ? "no answer yet" : `${Math.round(ms)} ms${some ? "" : `, of only ${now.answers} answers: not judged`}`;
    const compared = usual === null ? "" : ` (before, ${Math.round(usual[which])} ms)`;
    return row(
      `speed-${which}`,
      `Users wait for ${words} answers no longer than they should`,
      outcome,
      `within ${Math.round(slowMs)} ms${compared}`,
      seen,
    );
  };
  return [
    judge("p95", "19 of 20", limits.p95AnswersMin, limits.p95MsMax, limits.p95MsExtreme),
    judge("p99", "99 of 100", limits.p99AnswersMin, limits.p99MsMax, limits.p99MsExtreme),
  ];
}

function newNames(now: AnswersSeen, before: AnswersSeen | null): string[] {
  return Object.entries(now.errorNames)
    .filter(([name, count]) => name !== otherNames && count >= limits.newNameMin && shareOf(count, now.answers) > limits.newNameShareMax)
    .filter(([name]) => !Object.hasOwn(before?.errorNames ?? {}, name))
    .map(([name]) => name);
}

function namesText({ errorNames }: AnswersSeen, unknown: readonly string[]): string {
  const names = Object.entries(errorNames)
    .sort(([, a], [, b]) => b - a)
    .slice(0, namesShownMax)
    .map(([name, count]) => `${name} ${count} times${unknown.includes(name) ? " (never before)" : ""}`);
  return names.length === 0 ? "" : `: ${names.join(", ")}`;
}

function isMeasured(before: AnswersSeen | null): boolean {
  return before !== null && before.answers >= limits.baselineAnswersMin;
}

function failingOf({ serverErrors, errorsInBody }: AnswersSeen): number {
  return serverErrors + errorsInBody;
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
