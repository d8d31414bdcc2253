import { describe, expect, it } from "vitest";
import { verdictOf } from "../../domain/verdict/verdict.ts";
import type { VerdictKind } from "../../domain/verdict/verdict.ts";
import { judgeApplicationTruth, judgeReading, workersRow } from "./compare.ts";
import { readProbeReport, unfinishedReport } from "./report.ts";
import type { ProbeReport } from "./report.ts";

const at = "2026-01-15T03:00:00.000Z";
const byDesign = { model: "account.root", error: "UserError: Filter on the Account instead" };
const good: ProbeReport = {
  models: {
    checked: 301,
    names: ["account.root", "report.sale"],
    withoutTable: ["acme.mixin"],
    slow: [],
    failed: [byDesign],
    failedTotal: 1,
  },
  views: { checked: 687, failed: [], failedTotal: 0 },
  http: [
    { path: "/web/login", status: 200, bytes: 5_824 },
    { path: "/web/assets/1/web.assets_frontend.min.css", status: 200, bytes: 479_337 },
    { path: "/web/assets/1/web.assets_frontend_lazy.min.js", status: 200, bytes: 1_915_702 },
  ],
  durationMs: 4_400,
  loadMs: 1_500,
  fatal: null,
};

function outcomes(baseline: ProbeReport | null, candidate: ProbeReport): Record<string, VerdictKind> {
  return Object.fromEntries(judgeApplicationTruth(baseline, candidate, at).map((row) => [row.id, row.outcome]));
}

describe("judgeApplicationTruth", () => {
  it("passes when the candidate fails at nothing that the old release didn't", () => {
    const rows = judgeApplicationTruth(good, good, at);
    expect(verdictOf(rows, "yes").kind).toBe("passed");
    expect(rows.find((row) => row.id === "models-readable")?.seen).toMatchObject({ newFailures: [], byDesign: ["account.root"] });
  });

  it("fails for a model that could be read before", () => {
    const failed = [byDesign, { model: "project.task", error: 'UndefinedColumn: column "x" does not exist' }];
    const candidate = { ...good, models: { ...good.models, failed, failedTotal: 2 } };
    expect(outcomes(good, candidate)["models-readable"]).toBe("failed");
  });

  it("fails for a model that is refused by design when it fails otherwise now", () => {
    const failed = [{ model: "account.root", error: 'UndefinedColumn: column "x" does not exist' }];
    expect(outcomes(good, { ...good, models: { ...good.models, failed } })["models-readable"]).toBe("failed");
  });

  it("fails for a report whose view is gone, and not for a model that never had a table", () => {
    const candidate = { ...good, models: { ...good.models, withoutTable: ["acme.mixin", "report.sale"] } };
    expect(outcomes(good, candidate)["models-readable"]).toBe("failed");
  });

  it("counts every failure without a baseline, and with one that ended early", () => {
    expect(outcomes(null, good)["models-readable"]).toBe("failed");
    expect(outcomes(unfinishedReport("killed"), good)["models-readable"]).toBe("failed");
  });

  it("counts failures that the report had no room for", () => {
    expect(outcomes(good, { ...good, models: { ...good.models, failedTotal: 501 } })["models-readable"]).toBe("failed");
  });

  it("fails for a view that combined before", () => {
    const failed = [{ model: "res.partner", view: "form of base.action_partner_form", error: "ValueError: Field x does not exist" }];
    const candidate = { ...good, views: { checked: 687, failed, failedTotal: 1 } };
    expect(outcomes(good, candidate)["views-combine"]).toBe("failed");
    expect(outcomes(candidate, candidate)["views-combine"]).toBe("passed");
  });

  it("is inconclusive when nothing was checked", () => {
    const nothing = {
      ...good,
      models: { ...good.models, checked: 0, failed: [], failedTotal: 0 },
      views: { checked: 0, failed: [], failedTotal: 0 },
      http: [],
    };
    expect(outcomes(good, nothing)).toEqual({
      "registry-loads": "passed",
      "models-readable": "inconclusive",
      "views-combine": "inconclusive",
      "login-page-answers": "inconclusive",
      "assets-answer": "inconclusive",
    });
  });

  it.each([
    ["an asset that is an error", { path: "/web/assets/1/a.min.js", status: 500, bytes: 300 }, "assets-answer"],
    ["an asset that is empty", { path: "/web/assets/1/a.min.css", status: 200, bytes: 0 }, "assets-answer"],
    ["a login page that is an error", { path: "/web/login", status: 500, bytes: 300 }, "login-page-answers"],
  ])("fails for %s", (_, answer, row) => {
    const http = [...good.http.filter((known) => known.path !== answer.path), answer];
    expect(outcomes(good, { ...good, http })[row]).toBe("failed");
  });

  it("fails for a login page without a script", () => {
    expect(outcomes(good, { ...good, http: good.http.slice(0, 2) })["assets-answer"]).toBe("failed");
  });

  it("fails when the new release doesn't load", () => {
    expect(outcomes(good, { ...good, fatal: "KeyError: 'acme.model'" })).toEqual({ "registry-loads": "failed" });
  });
});

describe("what is judged beside workers that serve", () => {
  const answered = { name: "/web/login", ok: true, seen: "200" };

  it("is what was read, without pages, which a probe on a live database doesn't ask for", () => {
    const rows = judgeReading(good, { ...good, http: [] }, at);
    expect(verdictOf(rows, "yes").kind).toBe("passed");
    expect(judgeReading(good, { ...good, fatal: "KeyError: 'acme.model'" }, at).map((row) => row.outcome)).toEqual(["failed"]);
  });

  it.each([
    ["every answer", [answered], "passed"],
    ["one that is wrong", [answered, { name: "css", ok: false, seen: "500" }], "failed"],
    ["none at all", [], "inconclusive"],
  ] as const)("takes of the new workers' answers %s as %s", (_what, checks, outcome) => {
    expect(workersRow(checks, at).outcome).toBe(outcome);
  });
});

describe("readProbeReport", () => {
  it("reads what was stored", () => {
    expect(readProbeReport(JSON.parse(JSON.stringify(good)) as never)).toEqual(good);
  });

  it.each([[null], ["text"], [{}], [{ models: {}, views: {}, http: [] }], [[]]])("%j is no evidence", (json) => {
    expect(readProbeReport(json as never).fatal).not.toBeNull();
  });
});
