import type { Json } from "../../domain/shared/canonical-json.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";
import type { ProbeReport } from "./report.ts";

const shownMax = 20;
const source = "deep probe";

/**
 * Application truth: what the candidate can't do that the old release could. Failures that the baseline has too are known by
 * design (some models refuse to be read, some views were broken before) and are listed as such.
 *
 * @param baseline the same probe of the old release on the live database; null: none, then every failure counts
 * @param at RFC 3339, UTC
 */
export function judgeApplicationTruth(baseline: ProbeReport | null, candidate: ProbeReport, at: string): EvidenceRow[] {
  const rows = judgeReading(baseline, candidate, at);
  return candidate.fatal === null ? [...rows, ...httpRows(candidate, at)] : rows;
}

/** The part of it that needs no request: loading, models, views. */
export function judgeReading(baseline: ProbeReport | null, candidate: ProbeReport, at: string): EvidenceRow[] {
  const usable = baseline !== null && baseline.fatal === null ? baseline : null;
  if (candidate.fatal !== null) {
    return [row("registry-loads", "The new release loads on the database", "failed", "loaded and probed", candidate.fatal, at)];
  }
  return [
    row("registry-loads", "The new release loads on the database", "passed", "loaded and probed", `loaded in ${candidate.loadMs} ms`, at),
    ...[modelsRow(usable, candidate, at), viewsRow(usable, candidate, at)].map((each) => ({
      ...each,
      // Then every failure counts, and whoever reads it must know why there was nothing to compare with.
      seen: usable === null ? { ...(each.seen as object), oldRelease: baseline?.fatal ?? "was not asked" } : each.seen,
    })),
  ];
}

/** What the new workers themselves were asked before anybody was sent to them. */
export function workersRow(
  checks: readonly { readonly name: string; readonly ok: boolean; readonly seen: string }[],
  at: string,
): EvidenceRow {
  const bad = checks.filter((check) => !check.ok).length;
  const seen = Object.fromEntries(checks.map((check) => [check.name, check.seen]));
  return row("workers-answer", "The new workers answer: login page, style sheets, scripts", outcome(checks.length, bad), "all", seen, at);
}

function modelsRow(baseline: ProbeReport | null, candidate: ProbeReport, at: string): EvidenceRow {
  const known = new Set(baseline?.models.failed.map((failure) => `${failure.model}: ${errorType(failure.error)}`));
  const isKnown = (failure: { readonly model: string; readonly error: string }): boolean =>
    known.has(`${failure.model}: ${errorType(failure.error)}`);
  const readableBefore = new Set(baseline?.models.names);
  const gone = candidate.models.withoutTable
    .filter((model) => readableBefore.has(model))
    .map((model) => ({ model, error: "its table or view is gone" }));
  const fresh = [...gone, ...candidate.models.failed.filter((failure) => !isKnown(failure))];
  const title = "Every model can be read with every stored field";
  const hidden = candidate.models.failedTotal - candidate.models.failed.length;
  const seen = {
    checked: candidate.models.checked,
    checkedBefore: baseline?.models.checked ?? null,
    newFailures: fresh.slice(0, shownMax).map((failure) => ({ ...failure })),
    newFailuresTotal: fresh.length + hidden,
    byDesign: candidate.models.failed.filter(isKnown).map((failure) => failure.model),
    slow: candidate.models.slow,
  };
  return row(
    "models-readable",
    title,
    outcome(candidate.models.checked, fresh.length + hidden),
    "no failure that the old release didn't have",
    seen,
    at,
  );
}

function viewsRow(baseline: ProbeReport | null, candidate: ProbeReport, at: string): EvidenceRow {
  const known = new Set(baseline?.views.failed.map(viewKey));
  const fresh = candidate.views.failed.filter((failure) => !known.has(viewKey(failure)));
  const hidden = candidate.views.failedTotal - candidate.views.failed.length;
  const seen = {
    checked: candidate.views.checked,
    checkedBefore: baseline?.views.checked ?? null,
    newFailures: fresh.slice(0, shownMax).map((failure) => ({ ...failure })),
    newFailuresTotal: fresh.length + hidden,
    byDesign: candidate.views.failed.filter((failure) => known.has(viewKey(failure))).map(viewKey),
  };
  const title = "The views of every action, and every customised view, still combine";
  return row(
    "views-combine",
    title,
    outcome(candidate.views.checked, fresh.length + hidden),
    "no failure that the old release didn't have",
    seen,
    at,
  );
}

function httpRows(candidate: ProbeReport, at: string): EvidenceRow[] {
  const login = candidate.http.find((answer) => answer.path === "/web/login");
  const assets = candidate.http.filter((answer) => answer.path !== "/web/login");
  const bad = assets.filter((answer) => !answers(answer));
  const kinds = ["css", "js"].filter((kind) => !assets.some((answer) => answer.path.includes(`.${kind}`)));
  const assetsOutcome: VerdictKind = assets.length === 0 ? "inconclusive" : bad.length > 0 || kinds.length > 0 ? "failed" : "passed";
  const loginOutcome: VerdictKind = login === undefined ? "inconclusive" : answers(login) ? "passed" : "failed";
  const loginSeen = login === undefined ? "not asked" : `${login.status}, ${login.bytes} bytes`;
  return [
    row("login-page-answers", "The login page answers on the candidate", loginOutcome, "200 with a body", loginSeen, at),
    row(
      "assets-answer",
      "Style sheets and scripts of the login page and of the back end are generated",
      assetsOutcome,
      "each CSS and JS 200 with a body",
      { asked: assets.length, missingKinds: kinds, bad: bad.slice(0, shownMax).map((answer) => ({ ...answer })) },
      at,
    ),
  ];
}

function answers(answer: { readonly status: number; readonly bytes: number }): boolean {
  return answer.status === 200 && answer.bytes > 0;
}

/** A model that refuses to be read by design and now lacks a column fails otherwise than before; texts may carry ids. */
function errorType(error: string): string {
  return error.split(":", 1)[0] ?? error;
}

/** The view's label carries its xmlid where it has one, so that it means the same in both databases. */
function viewKey(failure: { readonly model: string; readonly view: string }): string {
  return `${failure.model}: ${failure.view}`;
}

function outcome(checked: number, failures: number): VerdictKind {
  if (failures > 0) return "failed";
  return checked === 0 ? "inconclusive" : "passed";
}

function row(id: string, title: string, kind: VerdictKind, expected: Json, seen: Json, at: string): EvidenceRow {
  return { id, title, outcome: kind, expected, seen, source, at };
}
