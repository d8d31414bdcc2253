import type { PlanningFacts } from "../../src/app/ports/change-kind.ts";
import type { PredictedUpdate } from "../../src/domain/impact/prediction.ts";
import { changeKinds } from "../../src/extensions/change-kinds/registry.ts";
import { expect, it } from "vitest";
import { changeKindConforms } from "./change-kind-suite.ts";
import {
  digestOfText,
  moduleFacts,
  newRelease,
  oldRelease,
  releaseOf,
  sampleBase,
  sampleCluster,
  samplePlanningFacts,
} from "./sample-facts.ts";
import { planSpec, predictedFacts, rehearsalSpec, samplePlan, sampleRehearsal } from "./sample-plans.ts";

const slowFacts = samplePlanningFacts({ history: { medianHoldMs: 90_000, n: 4 } });

/** The database was last updated with another Odoo core than the one that is there now. */
const otherBase = ((facts) => ({
  ...facts,
  to: { ...oldRelease, name: newRelease.name },
  environment: { ...facts.environment, baseDigest: digestOfText("an older base") },
}))(samplePlanningFacts());

/** Nothing of the release would be loaded by an update. */
const codeOnly = samplePlanningFacts({ codeProof: { breaches: [], findings: [] } });

function withPrediction(more: Partial<PredictedUpdate>): PlanningFacts {
  const { prediction } = predictedFacts;
  return { ...predictedFacts, prediction: prediction.made ? { ...prediction, ...more } : prediction };
}

/** The cases that try each kind; a kind without an entry here fails. */
const tried = new Map([
  [
    "release",
    () => {
      const release = changeKinds.find((kind) => kind.id === "release");
      if (release === undefined) throw new Error("release is in no registry");
      changeKindConforms(
        release,
        [
          { name: "a changed module", spec: planSpec, facts: samplePlanningFacts() },
          { name: "a changed base", spec: planSpec, facts: otherBase },
          { name: "nothing changed", spec: planSpec, facts: samplePlanningFacts({ to: { ...oldRelease, name: newRelease.name } }) },
          { name: "code only", spec: planSpec, facts: codeOnly },
          {
            name: "code only, where nothing could be cloned",
            spec: planSpec,
            facts: {
              ...codeOnly,
              links: { possible: false, why: "They are on different file systems." },
              filestore: { files: 3, bytes: 3_000, diskFreeBytes: 1_000_000 },
              cluster: { ...sampleCluster, role: { ...sampleCluster.role, createdb: false } },
            },
          },
          { name: "a predicted update", spec: planSpec, facts: predictedFacts },
          { name: "a hold above the bound", spec: planSpec, facts: slowFacts },
        ],
        [
          {
            name: "another series",
            spec: planSpec,
            facts: samplePlanningFacts({ to: releaseOf("2026-02", [moduleFacts("acme_project", "18.0.1.0.0", "x")], "18.0") }),
            says: /18\.0/,
          },
          {
            name: "an installed module is gone",
            spec: planSpec,
            facts: samplePlanningFacts({ to: releaseOf("2026-02", [moduleFacts("acme_other", "19.0.1.0.0", "x")]) }),
            says: /acme_project/,
          },
          {
            name: "an agreement to what isn't removed",
            spec: { ...planSpec, agreedRemovals: { ...planSpec.agreedRemovals, modules: ["project"] } },
            facts: samplePlanningFacts(),
            says: /project/,
          },
          {
            name: "a finding of which Odoo's update surely fails",
            spec: planSpec,
            facts: withPrediction({ hazards: ["blocking: acme_project/__manifest__.py:4: There is no file a.xml."] }),
            says: /^acme_project.*no file a\.xml/,
          },
          {
            name: "a role without its rights",
            spec: planSpec,
            facts: samplePlanningFacts({ cluster: { ...sampleCluster, role: { ...sampleCluster.role, createdb: false } } }),
            says: /lacks CREATEDB/,
          },
          {
            name: "attachments on another file system",
            spec: planSpec,
            facts: samplePlanningFacts({ links: { possible: false, why: "They are on different file systems." } }),
            says: /different file systems/,
          },
          {
            name: "a disk that is too small",
            spec: planSpec,
            facts: samplePlanningFacts({ filestore: { files: 3, bytes: 3_000, diskFreeBytes: 1_000_000 } }),
            says: /has 1 MB free/,
          },
        ],
      );
    },
  ],
]);

tried.set("rehearsal", () => {
  const rehearsal = changeKinds.find((kind) => kind.id === "rehearsal");
  if (rehearsal === undefined) throw new Error("rehearsal is in no registry");
  const ownRole = ((facts) => {
    const { environment } = facts;
    const database = { ...environment.spec.database, rehearsal: { user: "rehearser", password: { fromEnv: "REHEARSER" } } };
    return { ...facts, environment: { ...environment, spec: { ...environment.spec, database } } };
  })(samplePlanningFacts());
  const byTemplate = { ...rehearsalSpec, copy: "template" as const };
  changeKindConforms(
    rehearsal,
    [
      { name: "by dump", spec: rehearsalSpec, facts: samplePlanningFacts() },
      { name: "by template", spec: byTemplate, facts: samplePlanningFacts() },
    ],
    [
      { name: "of no change", spec: planSpec, facts: samplePlanningFacts(), says: /names none/ },
      {
        name: "another series",
        spec: rehearsalSpec,
        facts: samplePlanningFacts({ to: releaseOf("2026-02", [moduleFacts("acme_project", "18.0.1.0.0", "x")], "18.0") }),
        says: /18\.0/,
      },
      {
        name: "nothing changed",
        spec: rehearsalSpec,
        facts: samplePlanningFacts({ to: { ...oldRelease, name: newRelease.name } }),
        says: /nothing to rehearse/,
      },
      { name: "code only", spec: rehearsalSpec, facts: codeOnly, says: /changes code only/ },
      { name: "a role of its own, and a copy by template", spec: byTemplate, facts: ownRole, says: /copy by template/ },
    ],
  );
});

for (const run of tried.values()) run();

it("every kind of change is tried", () => {
  expect(changeKinds.map((kind) => kind.id)).toEqual([...tried.keys()]);
});

it("a predicted update has the predicted class, asks its questions first, and is held to the prediction", () => {
  const plan = samplePlan(predictedFacts);
  const { prediction } = predictedFacts;
  if (!prediction.made) throw new Error("the sample has a prediction");
  expect(plan).toMatchObject({
    impact: { plannedClass: "K5", floor: false, hazards: prediction.hazards },
    prediction: { made: true, evidence: prediction.evidence, uncertain: ["The migration script post-fill.py runs."] },
    facts: { exact: { "predicted difference": prediction.compared } },
  });
  expect(plan.impact.reasons).toContain("Columns go with their data: project_task.acme_old.");
  const inputOf = (of: typeof plan, gate: string): unknown => of.items.find(({ id }) => id === gate)?.input;
  for (const each of [plan, sampleRehearsal(rehearsalSpec, predictedFacts)]) {
    expect(inputOf(each, "preflight")).toMatchObject({ checks: prediction.preChecks });
    expect(inputOf(each, "database-truth")).toMatchObject({ prediction: prediction.evidence });
  }
});

it("without a prediction the class is a floor, and the plan says why nothing is known", () => {
  const plan = samplePlan();
  expect(plan).toMatchObject({ impact: { plannedClass: "K2", floor: true }, prediction: { made: false } });
  expect(plan.impact.reasons).toContain("Nothing was predicted. The sample releases have no files.");
  expect(plan.items.find(({ id }) => id === "preflight")?.input).not.toHaveProperty("checks");
  expect(plan.facts.exact["predicted difference"]).toBeNull();
});

it("what a rehearsal found to be harmless is asked again, and excused by it", () => {
  const rehearsal = {
    ...{ deployment: "D-4", at: "2026-01-14T02:00:00.000Z", expiresAt: "2026-01-21T02:00:00.000Z", observedClass: "K5", partsMs: {} },
    ...{ difference: digestOfText("d"), warnings: digestOfText("w"), harmlessChecks: ["pre-check-unique-project-task-code-uniq"] },
  };
  const plan = samplePlan({ ...predictedFacts, rehearsal });
  expect(plan.items.find(({ id }) => id === "preflight")?.input).toMatchObject({ checks: [{ harmlessIn: "D-4" }] });
});

it("a changed base updates every module, and is never nothing", () => {
  expect(samplePlan(otherBase)).toMatchObject({ impact: { plannedClass: "K2", updateSet: ["base"] }, baseDigest: sampleBase.digest });
  const sameBase = { ...otherBase, environment: { ...otherBase.environment, baseDigest: sampleBase.digest } };
  expect(samplePlan(sameBase).impact).toMatchObject({ plannedClass: "K0", updateSet: [] });
  const unknown = { ...otherBase, environment: { ...otherBase.environment, baseDigest: null } };
  expect(samplePlan(unknown).impact.plannedClass).toBe("K0");
});

it("a code-only release is neither cloned nor updated, and the lag of versions is a fact that the plan rests on", () => {
  const plan = samplePlan(codeOnly);
  expect(plan).toMatchObject({
    traffic: "switch",
    predictedHoldMs: { value: 0 },
    impact: { plannedClass: "K1", lag: [{ module: "acme_project", database: "19.0.1.0.0", code: "19.0.1.1.0" }] },
    recovery: { kind: "switch-back" },
  });
  expect(plan.items.map((item) => item.id)).toEqual([
    "claim",
    "preflight",
    "probe-baseline",
    "start-beside",
    "probe-new",
    "application-truth",
    "switch-traffic",
    "verification",
    "hand-over-background",
    "retire-workers",
    "settle",
  ]);
  expect(plan.recovery.items?.map((item) => item.id)).toEqual([
    "start-beside",
    "switch-traffic",
    "hand-over-background",
    "retire-workers",
    "settle",
  ]);
  const lag = [{ module: "acme_project", database: "19.0.1.0.0", code: "19.0.1.0.1" }];
  const later = samplePlan({ ...codeOnly, environment: { ...codeOnly.environment, lag } });
  expect([plan.facts.exact["recorded lag"], later.facts.exact["recorded lag"]]).toEqual([[], lag]);
  expect(later.recovery.items?.[1]?.input).toMatchObject({ serving: { release: oldRelease.digest, lag } });
});

it("a code-only release isn't code only on a database that an update left half done: whatever loads it would update it", () => {
  const halfDone = { ...codeOnly, tenant: { ...codeOnly.tenant, partiallyUpdated: true } };
  expect(samplePlan(halfDone).impact.plannedClass).toBe("K2");
});
