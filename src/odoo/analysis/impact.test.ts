import { describe, expect, it } from "vitest";
import type { InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { CodeProofBreach, Impact } from "../../domain/impact/impact.ts";
import type { Base, ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";
import type { PredictedUpdate } from "../../domain/impact/prediction.ts";
import { computeImpact, type ImpactInput } from "./impact.ts";

function module(name: string, change: Partial<ModuleFacts> = {}): ModuleFacts {
  return {
    name,
    addonsIndex: 0,
    digest: "sha256:1",
    version: "19.0.1.0",
    depends: ["base"],
    installable: true,
    autoInstall: false,
    externalDependencies: { python: [], bin: [] },
    migrationScripts: [],
    dataFiles: [],
    hooks: [],
    sizeBytes: 1,
    fileCount: 1,
    ...change,
  };
}

const base: Base = {
  digest: "sha256:b",
  series: "19.0",
  odooVersion: "19.0",
  pythonVersion: "3.11",
  modules: [
    module("base", { depends: [], version: "19.0.1.3" }),
    module("project"),
    module("hr"),
    module("project_hr", { depends: ["project", "hr"], autoInstall: true }),
  ],
};

function release(...modules: ModuleFacts[]): ReleaseContent {
  return { formatVersion: 1, series: "19.0", addonsPaths: 1, modules, files: [] };
}

function installed(name: string, change: Partial<InstalledModule> = {}): InstalledModule {
  return { name, state: "installed", version: "19.0.1.0", imported: false, ...change };
}

function facts(...modules: InstalledModule[]): TenantFacts {
  const customisations = {
    manualModels: [],
    manualFields: [],
    editedViews: ["a.view_form"],
    ownViews: [],
    serverActions: 0,
    automations: 0,
  };
  return {
    modules: [installed("base", { version: "19.0.1.3" }), installed("project"), ...modules],
    partiallyUpdated: false,
    customisations,
  } as unknown as TenantFacts;
}

const [a1, b1, c1] = [module("a", { depends: ["project"] }), module("b", { depends: ["a"] }), module("c")];
const three = facts(installed("a"), installed("b"), installed("c"));

function impact(to: ReleaseContent, change: Partial<ImpactInput> = {}): Impact {
  return computeImpact({ facts: three, base, baseChanged: false, from: release(a1, b1, c1), to, ...change });
}

describe("the class", () => {
  it("is K0 when nothing installed changed", () => {
    const same = impact(release(a1, b1, c1));
    expect(same).toMatchObject({
      plannedClass: "K0",
      floor: false,
      updateSet: [],
      closure: [],
      installs: [],
      removedModules: [],
      expectedScripts: [],
    });
    const elsewhere = impact(release(a1, b1, c1, module("d")));
    expect(elsewhere).toMatchObject({ plannedClass: "K0", changes: [{ module: "d", change: "added", installed: false }] });
  });

  it("is K2 at least when the content of an installed module changed, with or without a raised version", () => {
    const to = impact(release({ ...a1, digest: "sha256:2" }, b1, c1));
    expect(to).toMatchObject({ plannedClass: "K2", floor: true, updateSet: ["a"], closure: ["a", "b"] });
  });

  it("is the predicted one when that is worse, and a floor only where the prediction isn't sure", () => {
    const to = release({ ...a1, digest: "sha256:2" }, b1, c1);
    const predicted = (more: Partial<PredictedUpdate>): Impact => {
      const prediction = { made: true, plannedClass: "K3", floor: false, reasons: ["A column is added."], hazards: ["a: x."], ...more };
      return impact(to, { prediction: prediction as PredictedUpdate });
    };
    expect(predicted({})).toMatchObject({ plannedClass: "K3", floor: false });
    expect(predicted({ floor: true })).toMatchObject({ plannedClass: "K3", floor: true });
    expect(predicted({}).reasons.at(-1)).toBe("A column is added.");
    expect(predicted({}).hazards.at(-1)).toBe("a: x.");
    // An update runs, whatever reading the sources makes of it.
    expect(predicted({ plannedClass: "K1" })).toMatchObject({ plannedClass: "K2", updateSet: ["a"] });
  });

  it("is a floor where nothing was predicted, and the reasons say why", () => {
    const to = impact(release({ ...a1, digest: "sha256:2" }, b1, c1), { prediction: { made: false, why: "The base changed." } });
    expect(to).toMatchObject({ plannedClass: "K2", floor: true });
    expect(to.reasons).toContain("Nothing was predicted. The base changed.");
  });

  it("is K5 when an installed module has no code any more", () => {
    const to = impact(release(a1, b1));
    expect(to).toMatchObject({ plannedClass: "K5", floor: true, removedModules: ["c"], updateSet: [] });
    expect(to.hazards.join()).toContain("Module c is installed");
  });

  it("takes a removed module for changed when another path of the base has one of that name", () => {
    const shadow = module("project", { digest: "sha256:own" });
    const apart = { ...base, modules: base.modules.map((one) => (one.name === "project" ? { ...one, addonsIndex: 1 } : one)) };
    const from = release(a1, b1, c1, shadow);
    expect(impact(release(a1, b1, c1), { from, base: apart })).toMatchObject({
      plannedClass: "K2",
      updateSet: ["project"],
      removedModules: [],
    });
    // Odoo's own package comes before every addons path, so the release's copy was never loaded.
    expect(impact(release(a1, b1, c1), { from })).toMatchObject({ plannedClass: "K0" });
  });

  it("updates everything when the base changed", () => {
    expect(impact(release(a1, b1, c1), { baseChanged: true })).toMatchObject({
      plannedClass: "K2",
      updateSet: ["base"],
      closure: ["a", "b", "base", "c", "project"],
    });
  });

  it("counts every installed module as changed when no release is recorded", () => {
    expect(impact(release(a1, b1, c1), { from: null })).toMatchObject({ plannedClass: "K2", updateSet: ["a", "b", "c"] });
  });

  it("updates what the database has in another version, though the release didn't change it", () => {
    const lag = impact(release(a1, b1, c1), { facts: facts(installed("a"), installed("b"), installed("c", { version: "19.0.0.9" })) });
    expect(lag).toMatchObject({ plannedClass: "K2", updateSet: ["c"] });
  });
});

describe("a code-only release", () => {
  const held = { breaches: [], findings: ["Rows keep their old values."] };
  const raised = release({ ...a1, digest: "sha256:2", version: "19.0.1.1" }, b1, c1);
  const breach = (what: string): CodeProofBreach => ({ clause: "class-added", module: "a", file: "x.py", line: 3, what });

  const secondReading = {
    made: true,
    plannedClass: "K2",
    floor: false,
    reasons: [],
    hazards: [],
  } as Partial<PredictedUpdate> as PredictedUpdate;

  it("is K1: nothing is updated, and what it raises is the lag to record", () => {
    expect(impact(raised, { codeProof: held })).toMatchObject({
      plannedClass: "K1",
      floor: false,
      updateSet: [],
      closure: [],
      installs: [],
      expectedScripts: [],
      lag: [{ module: "a", database: "19.0.1.0", code: "19.0.1.1" }],
      hazards: ["Rows keep their old values."],
    });
    expect(impact(raised, { codeProof: held }).reasons.join()).toContain("only in code");
    expect(impact(release({ ...a1, digest: "sha256:2" }, b1, c1), { codeProof: held }).lag).toBeUndefined();
  });

  it("keeps the lag of earlier ones on record", () => {
    const lag = [{ module: "b", database: "19.0.0.9", code: "19.0.1.0" }];
    const behind = facts(installed("a"), installed("b", { version: "19.0.0.9" }), installed("c"));
    expect(impact(raised, { codeProof: held, facts: behind, lag })).toMatchObject({
      plannedClass: "K1",
      lag: [{ module: "a", database: "19.0.1.0", code: "19.0.1.1" }, lag[0]],
    });
  });

  it.each<[string, ReleaseContent, Partial<ImpactInput>]>([
    ["has no proof", raised, {}],
    ["has a breach", raised, { codeProof: { breaches: [breach("x")], findings: [] } }],
    ["has another base", raised, { codeProof: held, baseChanged: true }],
    ["comes from nowhere", raised, { codeProof: held, from: null }],
    ["meets an unfinished update", raised, { codeProof: held, facts: { ...three, partiallyUpdated: true } }],
    ["is read to change something after all", raised, { codeProof: held, prediction: secondReading }],
    [
      "is read to be updated, nobody knows how",
      raised,
      { codeProof: held, prediction: { made: false, why: "Another update.", updates: true } },
    ],
    ["lacks an installed module", release({ ...a1, digest: "sha256:2" }, b1), { codeProof: held }],
  ])("isn't one that %s", (_what, to, change) => {
    expect(["K2", "K5"]).toContain(impact(to, change).plannedClass);
  });

  it("says why it isn't: the first three reasons and how many more", () => {
    const proof = { breaches: ["one", "two", "three", "four", "five"].map(breach), findings: [] };
    expect(impact(raised, { codeProof: proof }).reasons).toEqual(
      expect.arrayContaining([
        "Not code only: a/x.py:3: one",
        "Not code only: a/x.py:3: three",
        "Not code only: 2 more reasons of this kind.",
      ]),
    );
    expect(impact(raised, { codeProof: proof }).reasons.join()).not.toContain("four");
  });
});

describe("a lag on record", () => {
  const behind = facts(installed("a"), installed("b"), installed("c", { version: "19.0.0.9" }));
  const recorded = { module: "c", database: "19.0.0.9", code: "19.0.1.0" };
  const lag = [recorded];

  it("is no reason to update, and stays on record", () => {
    expect(impact(release(a1, b1, c1), { facts: behind, lag })).toMatchObject({ plannedClass: "K0", updateSet: [], lag });
    expect(impact(release(a1, b1, c1, module("d")), { facts: behind, lag })).toMatchObject({ plannedClass: "K0", lag });
  });

  it("is tolerated exactly", () => {
    const other = (change: Partial<ModuleLag>): Impact => impact(release(a1, b1, c1), { facts: behind, lag: [{ ...recorded, ...change }] });
    for (const change of [{ module: "b" }, { database: "19.0.0.8" }, { code: "19.0.1.1" }])
      expect(other(change)).toMatchObject({ plannedClass: "K2", updateSet: ["c"] });
  });

  it("ends with the next update, whatever that is for", () => {
    expect(impact(release({ ...a1, digest: "sha256:2" }, b1, c1), { facts: behind, lag })).toMatchObject({
      plannedClass: "K2",
      updateSet: ["a", "c"],
    });
    expect(impact(release({ ...a1, digest: "sha256:2" }, b1, c1), { facts: behind, lag }).lag).toBeUndefined();
  });
});

describe("what is installed by the way", () => {
  it("is a new dependency with its own, and what that triggers", () => {
    const to = release({ ...a1, digest: "sha256:2", depends: ["project", "d"] }, b1, c1, module("d", { depends: ["hr"] }));
    expect(impact(to)).toMatchObject({ installs: ["d", "hr", "project_hr"], closure: ["a", "b"] });
  });

  it("is nothing when all triggers were there before", () => {
    const to = release({ ...a1, digest: "sha256:2" }, b1, c1, module("auto", { depends: ["a"], autoInstall: true }));
    expect(impact(to).installs).toEqual([]);
  });

  it("follows dependencies of the new release, not the old", () => {
    const to = release(
      { ...a1, digest: "sha256:2" },
      { ...b1, digest: "sha256:2", depends: ["base"] },
      { ...c1, depends: ["a"], digest: "sha256:2" },
    );
    expect(impact(to, { from: release(a1, b1, c1) }).closure).toEqual(["a", "b", "c"]);
    const only = release({ ...a1, digest: "sha256:2" }, { ...b1, depends: ["base"] }, c1);
    expect(impact(only).closure).toEqual(["a"]);
  });
});

describe("scripts and hazards", () => {
  it("expects the scripts of the whole closure", () => {
    const a2 = { ...a1, digest: "sha256:2", version: "19.0.1.1", migrationScripts: ["migrations/1.1/post-x.py"] } as const;
    expect(impact(release(a2, b1, c1)).expectedScripts).toEqual([{ module: "a", version: "1.1", stage: "post", file: "post-x.py" }]);
  });

  it("warns of scripts that can't run because the version wasn't raised", () => {
    const a2 = { ...a1, digest: "sha256:2", migrationScripts: ["migrations/1.0/post-x.py"] } as const;
    const to = impact(release(a2, b1, c1));
    expect(to.expectedScripts).toEqual([]);
    expect(to.hazards).toEqual(expect.arrayContaining([expect.stringContaining("none of its scripts will run")]));
  });

  it("warns of edited views that the update overwrites", () => {
    expect(impact(release({ ...a1, digest: "sha256:2" }, b1, c1)).hazards.join()).toContain("a.view_form");
    expect(impact(release(a1, b1, c1)).hazards.join()).not.toContain("a.view_form");
  });

  it.each([
    ["a lower version", release({ ...a1, digest: "sha256:2", version: "19.0.0.9" }, b1, c1), "would go down from 19.0.1.0 to 19.0.0.9"],
    ["a module that isn't installable", release({ ...a1, digest: "sha256:2", installable: false }, b1, c1), "not installable"],
    ["a missing dependency", release({ ...a1, digest: "sha256:2", depends: ["nowhere"] }, b1, c1), "depends on nowhere"],
    ["a missing dependency of an unchanged module", release(a1, c1, { ...b1, depends: ["nowhere"] }), "module b depends on nowhere"],
    [
      "a copy of a module of Odoo's own package",
      release(a1, b1, c1, module("project", { digest: "sha256:own" })),
      "module project of the release would never be loaded",
    ],
    ["a circle", release({ ...a1, digest: "sha256:2", depends: ["b"] }, b1, c1), "in a circle"],
  ])("blocks %s", (_what, to, words) => {
    expect(
      impact(to)
        .hazards.filter((line) => line.startsWith("blocking: "))
        .join(),
    ).toContain(words);
  });

  it("blocks nothing of a plain release", () => {
    expect(
      impact(release({ ...a1, digest: "sha256:2", version: "19.0.1.1" }, b1, c1)).hazards.filter((line) => line.startsWith("blocking")),
    ).toEqual([]);
  });

  it("leaves imported modules alone", () => {
    const to = impact(release(a1, b1, c1), {
      facts: facts(installed("a"), installed("b"), installed("c"), installed("studio_customization", { imported: true, version: null })),
    });
    expect(to).toMatchObject({ plannedClass: "K0", removedModules: [] });
  });
});
