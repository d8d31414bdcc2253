import { describe, expect, it } from "vitest";
import { edited, plainFiles, proveFiles, sampleBase, type Files, type Question } from "./test-kit.ts";

function clauses(before: Files, after: Files, question?: Question): string[] {
  return [...new Set(proveFiles(before, after, question).breaches.map((one) => one.clause))].sort();
}

const order = "acme/models/order.py";
const task = "acme/models/task.py";
const manifest = "acme/__manifest__.py";
const withFile = (path: string, text: string | null): Files => ({ ...plainFiles, [path]: text });
const inOrder = (find: string, replace: string): Files => edited(order, find, replace);
const inManifest = (find: string, replace: string): Files => edited(manifest, find, replace);

describe("what the environment itself says", () => {
  const after = inOrder('return _("Go")', 'return _("Go on")');
  it.each<[string, string, Question]>([
    ["base-unknown", "no base on record", { recordedBase: null }],
    ["base-changed", "another base", { recordedBase: "sha256:other" }],
    [
      "base-unread",
      "a base whose models weren't read",
      { base: { ...sampleBase(), loadTimeModels: undefined } as unknown as ReturnType<typeof sampleBase> },
    ],
    ["series-changed", "another series", { series: "20.0" }],
    ["manifest-unreadable", "a manifest that can't be read", { unreadable: "acme" }],
    ["partially-updated", "an unfinished update", { partiallyUpdated: true }],
    ["module-state-pending", "a module that waits", { states: { more: "to upgrade" } }],
    ["version-lag-not-recorded", "a version that isn't on record as lagging", { versions: { more: "19.0.0.9.0" } }],
    [
      "version-lag-not-recorded",
      "a lag on record that isn't so any more",
      { lag: [{ module: "acme", database: "19.0.0.9.0", code: "19.0.1.0.0" }] },
    ],
    ["version-lag-not-recorded", "a core module with another version", { versions: { project: "19.0.0.9" } }],
  ])("breaks by %s: %s", (clause, _what, question) => {
    expect(clauses(plainFiles, after, question)).toEqual([clause]);
  });

  it("tolerates exactly the lag on record", () => {
    const versions = { more: "19.0.0.9.0" };
    expect(clauses(plainFiles, after, { versions, lag: [{ module: "more", database: "19.0.0.9.0", code: "19.0.1.0.0" }] })).toEqual([]);
    expect(clauses(plainFiles, after, { versions, lag: [{ module: "more", database: "19.0.0.8.0", code: "19.0.1.0.0" }] })).toEqual([
      "version-lag-not-recorded",
    ]);
    expect(clauses(plainFiles, after, { versions, lag: [{ module: "more", database: "19.0.0.9.0", code: "19.0.2.0.0" }] })).toEqual([
      "version-lag-not-recorded",
    ]);
  });

  it("breaks when an installed module has no code any more", () => {
    const gone = Object.fromEntries(Object.entries(after).filter(([path]) => !path.startsWith("more/")));
    expect(clauses(plainFiles, gone)).toContain("module-removed");
  });

  it("breaks when an installed module can't be installed any more", () => {
    expect(clauses(plainFiles, inManifest('"version"', '"installable": False, "version"'))).toContain("module-not-installable");
  });

  it("breaks when a dependency is new", () => {
    expect(clauses(plainFiles, inManifest('["project"]', '["project", "hr"]'))).toEqual(["dependency-not-installed", "depends-changed"]);
  });

  it("breaks when a module moves into the release from the base", () => {
    const base = sampleBase();
    const apart = { ...base, modules: base.modules.map((one) => (one.name === "project" ? { ...one, addonsIndex: 1 } : one)) };
    const own = { ...plainFiles, "project/__manifest__.py": '{"version": "19.0.1.0", "depends": ["base"]}' };
    expect(clauses(plainFiles, own, { base: apart })).toEqual(["module-outside-release"]);
  });

  it("breaks when a raised version makes a script due that was always there", () => {
    const files = withFile("acme/migrations/19.0.1.1.0/post-x.py", "def migrate(cr, version):\n    pass\n");
    expect(clauses(files, edited(manifest, "19.0.1.0.0", "19.0.1.1.0", files))).toEqual(["migration-due"]);
  });
});

describe("findings", () => {
  const findings = (after: Files): readonly string[] => proveFiles(plainFiles, after).findings;

  it("name computes of stored fields and checks, whose old rows stay as they are", () => {
    expect(findings(inOrder("one.total = half(1)", "one.total = 3"))).toEqual([
      expect.stringContaining("Order._compute_total computes a stored field"),
    ]);
    expect(findings(inOrder('@api.depends("code")\n    def _compute_total', '@api.depends("state")\n    def _compute_total'))).toHaveLength(
      1,
    );
    expect(findings(inOrder("return True", "return False"))).toEqual([expect.stringContaining("the check Order._check_code")]);
    expect(findings(edited(task, "def write", "def _compute_hours(self):\n        return 1\n\n    def write"))).toEqual([
      expect.stringContaining("may compute a stored field"),
    ]);
  });

  it("aren't made of computes that store nothing", () => {
    expect(findings(inOrder('self.shown = "x"', 'self.shown = "y"'))).toEqual([]);
  });
});

it("says where, in a sentence", () => {
  expect(proveFiles(plainFiles, inOrder('"The code."', '"A code."')).breaches).toEqual([
    {
      clause: "field-declaration-changed",
      module: "acme",
      file: "models/order.py",
      line: 29,
      what: "The field code in the class Order is different.",
    },
  ]);
});
