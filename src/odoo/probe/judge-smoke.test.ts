import { describe, expect, it } from "vitest";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { verdictOf, type EvidenceRow } from "../../domain/verdict/verdict.ts";
import { judgeSmoke, type SmokeEvidence } from "./judge-smoke.ts";
import { unfinishedSmoke } from "./smoke-report.ts";

const at = "2026-01-15T03:00:00.000Z";
type Part = Readonly<Record<string, Json>>;

function scenario(name: string, part: Part = {}): Json {
  return { name, outcome: "passed", reason: null, step: 3, steps: 3, notes: [], durationMs: 10, ...part };
}

function report(scenarios: readonly Json[], checks: readonly Json[] = [{ id: "api-key", outcome: "passed", seen: "read" }]): Json {
  return { scenarios, checks, pdf: "wkhtmltopdf", durationMs: 40, loadMs: 20, fatal: null };
}

function evidence(part: Partial<SmokeEvidence> = {}): SmokeEvidence {
  return {
    network: { isolated: true, sentence: "Runs without any network." },
    copy: { done: {}, dangers: [] },
    scenarios: [{ name: "partner", title: "Create a contact" }],
    checks: ["api-key"],
    report: report([scenario("partner")]),
    before: null,
    ...part,
  };
}

function rowOf(given: SmokeEvidence, id: string): EvidenceRow | undefined {
  return judgeSmoke(given, at).find((row) => row.id === id);
}

const failed = scenario("partner", { outcome: "failed", step: 1, reason: "UserError: no" });

describe("judgeSmoke", () => {
  it("passes when everything was done, with a row for each", () => {
    const rows = judgeSmoke(evidence(), at);
    expect(verdictOf(rows, "yes").kind).toBe("passed");
    expect(rows.map((row) => row.id)).toEqual(["copy-is-harmless", "copy-without-network", "smoke-runs", "smoke-partner", "smoke-api-key"]);
  });

  it("doesn't pass when the copy was not harmless, and says why", () => {
    const given = evidence({ copy: { done: {}, dangers: ["Active scheduled actions: 2, expected 0."] }, report: null });
    const verdict = verdictOf(judgeSmoke(given, at), "yes");
    expect(verdict.kind).toBe("errored");
    expect(verdict.reason).toContain("Active scheduled actions: 2");
    expect(rowOf(given, "smoke-runs")?.outcome).toBe("inconclusive");
  });

  it("fails when the new release didn't get so far, and doesn't take silence for an answer", () => {
    expect(verdictOf(judgeSmoke(evidence({ report: unfinishedSmoke("killed") }), at), "yes").kind).toBe("failed");
    expect(verdictOf(judgeSmoke(evidence({ report: {} }), at), "yes").kind).toBe("failed");
    expect(rowOf(evidence({ report: report([]) }), "smoke-partner")?.outcome).toBe("inconclusive");
    expect(rowOf(evidence({ report: report([scenario("partner")], []) }), "smoke-api-key")?.outcome).toBe("inconclusive");
    expect(rowOf(evidence({ report: report([scenario("partner", { outcome: "odd" })]) }), "smoke-partner")?.outcome).toBe("failed");
  });

  it("shows what doesn't apply, with the reason, and counts it for nothing", () => {
    const given = evidence({ report: report([scenario("partner", { outcome: "not-applicable", reason: "there is no account.journal" })]) });
    expect(rowOf(given, "smoke-partner")).toMatchObject({
      outcome: "passed",
      seen: { applies: false, why: "there is no account.journal" },
    });
  });

  it("shows that it was not kept from the network", () => {
    const given = evidence({ network: { isolated: false, sentence: "Not kept from the network: no root." } });
    expect(rowOf(given, "copy-without-network")?.seen).toBe("Not kept from the network: no root.");
  });

  it.each<[string, SmokeEvidence["before"], string]>([
    ["without an answer of the old release", { report: null, why: "There is no closed original." }, "failed"],
    ["when the old release does it", { report: report([scenario("partner")]), why: null }, "failed"],
    ["when the old release fails in the same way", { report: report([failed]), why: null }, "passed"],
    [
      "when the old release fails otherwise",
      { report: report([scenario("partner", { outcome: "failed", step: 1, reason: "KeyError: x" })]), why: null },
      "failed",
    ],
    [
      "when the old release came further",
      { report: report([scenario("partner", { outcome: "failed", step: 2, reason: "UserError: no" })]), why: null },
      "failed",
    ],
    ["when the old release was not asked for it", { report: report([]), why: null }, "failed"],
    ["when the old release ended early", { report: unfinishedSmoke("killed"), why: null }, "failed"],
  ])("judges a failure %s", (_what, before, outcome) => {
    expect(rowOf(evidence({ report: report([failed]), before }), "smoke-partner")?.outcome).toBe(outcome);
  });

  it("judges a check in the same way", () => {
    const bad = { id: "api-key", outcome: "failed", seen: "AssertionError: 500" };
    const given = evidence({ report: report([scenario("partner")], [bad]), before: { report: report([], [bad]), why: null } });
    expect(rowOf(given, "smoke-api-key")).toMatchObject({ outcome: "passed", seen: { knownBefore: true } });
    expect(rowOf({ ...given, before: { report: report([]), why: null } }, "smoke-api-key")?.outcome).toBe("failed");
  });
});
