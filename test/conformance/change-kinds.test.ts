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
import { planSpec, samplePlan } from "./sample-plans.ts";

const slowFacts = samplePlanningFacts({ history: { medianHoldMs: 90_000, n: 4 } });

/** The database was last updated with another Odoo core than the one that is there now. */
const otherBase = ((facts) => ({
  ...facts,
  to: { ...oldRelease, name: newRelease.name },
  environment: { ...facts.environment, baseDigest: digestOfText("an older base") },
}))(samplePlanningFacts());

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

for (const run of tried.values()) run();

it("every kind of change is tried", () => {
  expect(changeKinds.map((kind) => kind.id)).toEqual([...tried.keys()]);
});

it("a changed base updates every module, and is never nothing", () => {
  expect(samplePlan(otherBase)).toMatchObject({ impact: { plannedClass: "K2", updateSet: ["base"] }, baseDigest: sampleBase.digest });
  const sameBase = { ...otherBase, environment: { ...otherBase.environment, baseDigest: sampleBase.digest } };
  expect(samplePlan(sameBase).impact).toMatchObject({ plannedClass: "K0", updateSet: [] });
  const unknown = { ...otherBase, environment: { ...otherBase.environment, baseDigest: null } };
  expect(samplePlan(unknown).impact.plannedClass).toBe("K0");
});
