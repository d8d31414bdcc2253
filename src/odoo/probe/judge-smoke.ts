import type { Json } from "../../domain/shared/canonical-json.ts";
import type { EvidenceRow, VerdictKind } from "../../domain/verdict/verdict.ts";
import { readSmokeReport, smokeChecks, type SmokeReport } from "./smoke-report.ts";

const source = "business smoke";

/** What is kept of business smoke on a throwaway copy. */
export interface SmokeEvidence {
  readonly network: { readonly isolated: boolean; readonly sentence: string };
  /** What was done to the copy, and why it may not be entered; no danger: it was harmless. */
  readonly copy: { readonly done: Json; readonly dangers: readonly string[] };
  /** What was to be tried, with its sentences. */
  readonly scenarios: readonly { readonly name: string; readonly title: string }[];
  readonly checks: readonly string[];
  /** What smoke.py reported of the new release; null: the copy was never entered. */
  readonly report: Json | null;
  /** What the old release does of what failed, on a copy of what was closed before the update. null: nothing failed. */
  readonly before: { readonly report: Json | null; readonly why: string | null } | null;
}

/** Names of what failed, for asking the old release the same. */
export function failuresOf(report: SmokeReport): { readonly scenarios: readonly string[]; readonly checks: readonly string[] } {
  return {
    scenarios: report.scenarios.filter((one) => one.outcome === "failed").map((one) => one.name),
    checks: report.checks.filter((one) => one.outcome === "failed").map((one) => one.id),
  };
}

/**
 * Rows of the gate application-truth for business smoke. A failure that the old release has too, of the same kind and no later, was known before and
 * doesn't count; without an answer of the old release every failure counts.
 *
 * @param at RFC 3339, UTC
 */
export function judgeSmoke(evidence: SmokeEvidence, at: string): EvidenceRow[] {
  const rows = [copyRow(evidence, at), networkRow(evidence, at)];
  if (evidence.report === null) {
    const seen = "not tried, because the copy was not harmless";
    return [...rows, row("smoke-runs", "The new release does business on a throwaway copy", "inconclusive", "tried", seen, at)];
  }
  const report = readSmokeReport(evidence.report);
  const before = oldReport(evidence.before);
  if (report.fatal !== null)
    return [
      ...rows,
      row("smoke-runs", "The new release does business on a throwaway copy", "failed", "loaded and tried", report.fatal, at),
    ];
  const loaded = `loaded in ${report.loadMs} ms, tried in ${report.durationMs} ms; PDF: ${report.pdf}`;
  return [
    ...rows,
    row("smoke-runs", "The new release does business on a throwaway copy", "passed", "loaded and tried", loaded, at),
    ...evidence.scenarios.map((scenario) => scenarioRow(scenario, report, before, evidence.before?.why ?? null, at)),
    ...evidence.checks.map((check) => checkRow(check, report, before, evidence.before?.why ?? null, at)),
  ];
}

function oldReport(before: SmokeEvidence["before"]): SmokeReport | null {
  return before === null || before.report === null ? null : readSmokeReport(before.report);
}

function copyRow({ copy }: SmokeEvidence, at: string): EvidenceRow {
  const title = "The throwaway copy was made harmless before anything could connect to it";
  const seen = { dangers: copy.dangers, done: copy.done };
  return row(
    "copy-is-harmless",
    title,
    copy.dangers.length === 0 ? "passed" : "errored",
    "nothing that could speak to the world",
    seen,
    at,
  );
}

function networkRow({ network }: SmokeEvidence, at: string): EvidenceRow {
  const title = "The throwaway copy was tried without a network, where this system allows it";
  return row("copy-without-network", title, "passed", "no network, where the system allows it", network.sentence, at);
}

function scenarioRow(
  scenario: SmokeEvidence["scenarios"][number],
  report: SmokeReport,
  before: SmokeReport | null,
  whyNotBefore: string | null,
  at: string,
): EvidenceRow {
  const of = (outcome: VerdictKind, seen: Json): EvidenceRow => row(`smoke-${scenario.name}`, scenario.title, outcome, "done", seen, at);
  const now = report.scenarios.find((one) => one.name === scenario.name);
  if (now === undefined) return of("inconclusive", "not tried");
  const notes = now.notes.length === 0 ? {} : { notes: now.notes };
  if (now.outcome === "not-applicable") return of("passed", { applies: false, why: now.reason });
  if (now.outcome === "passed") return of("passed", { steps: now.steps, durationMs: now.durationMs, ...notes });
  const failed = { doneSteps: now.step, steps: now.steps, error: now.reason, ...notes };
  const then = before?.scenarios.find((one) => one.name === scenario.name);
  if (before === null || before.fatal !== null) return of("failed", { ...failed, oldRelease: before?.fatal ?? whyNotBefore });
  const known = then?.outcome === "failed" && errorType(then.reason) === errorType(now.reason) && then.step <= now.step;
  if (known) return of("passed", { knownBefore: true, ...failed, oldRelease: then.reason });
  return of("failed", { ...failed, oldRelease: then === undefined ? "not tried" : then.reason === null ? "does it" : then.reason });
}

function checkRow(check: string, report: SmokeReport, before: SmokeReport | null, whyNotBefore: string | null, at: string): EvidenceRow {
  const of = (outcome: VerdictKind, seen: Json): EvidenceRow =>
    row(`smoke-${check}`, smokeChecks[check] ?? check, outcome, "done", seen, at);
  const now = report.checks.find((one) => one.id === check);
  if (now === undefined) return of("inconclusive", "not tried");
  if (now.outcome === "not-applicable") return of("passed", { applies: false, why: now.seen });
  if (now.outcome === "passed") return of("passed", now.seen);
  const then = before?.checks.find((one) => one.id === check);
  if (before === null || before.fatal !== null) return of("failed", { error: now.seen, oldRelease: before?.fatal ?? whyNotBefore });
  const known = then?.outcome === "failed" && errorType(then.seen) === errorType(now.seen);
  if (known) return of("passed", { knownBefore: true, error: now.seen, oldRelease: then.seen });
  return of("failed", { error: now.seen, oldRelease: then?.seen ?? "not tried" });
}

/** Texts may carry ids and times. */
function errorType(error: string | null): string {
  return error?.split(":", 1)[0] ?? "";
}

function row(id: string, title: string, outcome: VerdictKind, expected: Json, seen: Json, at: string): EvidenceRow {
  return { id, title, outcome, expected, seen, source, at };
}
