import { expect, it } from "vitest";
import { sampleAnalysis } from "../../../../test/app/sample-analysis.ts";
import type { ReleaseAnalysis } from "../../../domain/impact/analysis.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { Impact } from "../../../domain/impact/impact.ts";
import type { Prediction } from "../../../domain/impact/prediction.ts";
import { planPrediction, summaryOf, type Summary } from "./predicted-update.ts";

const impact = { closure: ["acme", "more", "third"], installs: ["extra"] } as unknown as Impact;
const { prediction } = sampleAnalysis as { prediction: Prediction };

function summary(more: Partial<ReleaseAnalysis> = {}): Summary["summary"] {
  const summed = summaryOf({ ...sampleAnalysis, ...more }, impact);
  if (!("summary" in summed)) throw new Error(summed.why);
  return summed.summary;
}

it("takes class, removals, questions and uncertainties from the analysis", () => {
  expect(summary()).toMatchObject({
    plannedClass: "K5",
    floor: true,
    removals: { tables: [], columns: ["acme_thing.old"], records: [], modules: [] },
    preChecks: [{ id: "nulls:acme_thing:name" }],
    seconds: 42,
  });
});

it("is no floor where everything could be told, and one where a finding that counts isn't sure", () => {
  const sure = { prediction: { ...prediction, uncertain: [] }, unknowns: [] };
  expect(summary({ ...sure, findings: [] }).floor).toBe(false);
  const finding = { ...sampleAnalysis.findings[0], atLeast: "K3", unsure: true } as Finding;
  expect(summary({ ...sure, findings: [finding] }).floor).toBe(true);
});

it("is nothing for another update than the plan runs", () => {
  expect(summaryOf(sampleAnalysis, { ...impact, closure: ["acme"] })).toEqual({
    made: false,
    why: "Reading the sources leads to another update than the modules' contents and versions do: more, third.",
  });
  expect(summaryOf({ ...sampleAnalysis, prediction: null }, impact)).toMatchObject({ made: false });
});

it("refuses what surely stops this update, and shows what may break", () => {
  const rule = { severity: "error", title: "", why: "", remedy: "" } as const;
  const rules = [
    { ...rule, id: "data-file-missing", stops: true as const },
    { ...rule, id: "view-field-missing" },
  ];
  const found = (more: Partial<Finding>): Finding => ({
    ...{ rule: "data-file-missing", severity: "error", module: "acme", file: "__manifest__.py", line: 4 },
    ...{ what: "There is no file a.xml.", meaning: null, evidence: [] },
    ...more,
  });
  const hazards = (...findings: readonly Finding[]): readonly string[] => summary({ rules, findings }).hazards;
  expect(hazards(found({}))).toEqual(["blocking: acme/__manifest__.py:4: There is no file a.xml."]);
  expect(hazards(found({ module: "elsewhere" }), found({ unsure: true }), found({ rule: "view-field-missing" }))).toEqual([
    expect.stringMatching(/^elsewhere/),
    expect.stringMatching(/^acme/),
    expect.stringMatching(/^acme/),
  ]);
  expect(hazards(found({ severity: "warning" }), found({ rule: "column-dropped" }), found({ rule: "data-must-refer" }))).toEqual([]);
  expect(hazards(...Array.from({ length: 23 }, () => found({ rule: "view-field-missing" }))).at(-1)).toBe(
    "3 more findings of this weight.",
  );
});

it("the plan carries why things can't be told, each once", () => {
  const digest = `sha256:${"1".repeat(64)}` as const;
  const uncertain = [
    { touches: "columns of a", why: "A script runs." },
    { touches: "records of a", why: "A script runs." },
  ];
  expect(planPrediction({ ...summary(), uncertain, evidence: digest, compared: digest })).toMatchObject({
    made: true,
    uncertain: ["A script runs."],
  });
});
