import { expect, it } from "vitest";
import { analysisKinds } from "../../extensions/analyses/registry.ts";
import { treeModules, type TreeFiles } from "../../../test/conformance/fakes/fake-source-trees.ts";
import { moduleOf } from "../../../test/conformance/found.ts";
import { sampleBaseFiles } from "../../../test/conformance/sample-grounds.ts";
import { sampleTenant } from "../../../test/conformance/sample-tenant.ts";
import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import { predictUpdate } from "./prediction/predict-update.ts";
import { analyseRelease, type NamedGround, type Predict, type ReleaseQuestion } from "./release-analysis.ts";
import { sideGround } from "./side.ts";

const named = (name: string, files: TreeFiles): NamedGround => ({
  name,
  ground: sideGround({ series: "19.0", core: treeModules(sampleBaseFiles), release: treeModules(files), others: [] }),
});

function analyse(old: TreeFiles | null, now: TreeFiles, more: Partial<ReleaseQuestion> = {}): ReleaseAnalysis {
  return analyseRelease({
    old: old === null ? null : named("old", old),
    new: named("new", now),
    tenant: null,
    environment: null,
    modules: null,
    kinds: analysisKinds,
    predict: predictUpdate,
    ...more,
  });
}

const model = (fields: string): TreeFiles => ({
  ...moduleOf("acme"),
  "acme/__init__.py": "from . import models\n",
  "acme/models.py": `from odoo import fields, models\n\n\nclass Partner(models.Model):\n    _inherit = "res.partner"\n\n${fields}\n    def act(self):\n        return 1\n`,
});
const plain = model("    code = fields.Char()\n");

it("calls a release K0 when nothing changed, K1 for code, K3 for a column, K5 for one that goes", () => {
  const code = { ...plain, "acme/models.py": plain["acme/models.py"]?.replace("return 1", "return 2") ?? "" };
  const classes = [plain, code, model("    code = fields.Char()\n    more = fields.Char()\n"), model("")].map(
    (now) => analyse(plain, now).plannedClass,
  );
  expect(classes).toEqual(["K0", "K1", "K3", "K5"]);
});

it("predicts for what is installed: a new module that nothing installs has no part in it", () => {
  const asked: Parameters<Predict>[0][] = [];
  const predict: Predict = (of) => {
    asked.push(of);
    return predictUpdate(of);
  };
  const analysis = analyse(plain, { ...plain, ...moduleOf("fresh") }, { predict });
  expect(asked.map(({ after }) => after.order)).toEqual([["base", "acme"]]);
  expect(analysis.changes).toEqual([{ module: "fresh", change: "added", fromVersion: null, toVersion: "19.0.1.0.0", installed: false }]);
  expect(analysis.plannedClass).toBe("K0");
});

it("goes by what the tenant has installed", () => {
  const two = { ...plain, ...moduleOf("other") };
  const now = { ...two, ...moduleOf("other", '"version": "19.0.2.0.0", "depends": ["sale"]') };
  const without = sampleTenant({ base: "19.0.1.3", acme: "19.0.1.0.0" });
  expect(analyse(two, now, { tenant: without, environment: "acme" })).toMatchObject({ plannedClass: "K0", environment: "acme" });
  const withOther = sampleTenant({ base: "19.0.1.3", acme: "19.0.1.0.0", other: "19.0.1.0.0" });
  expect(analyse(two, now, { tenant: withOther }).updates).toMatchObject({ minimal: ["other"], installs: ["sale"] });
  expect(analyse(two, now, { modules: ["acme"] }).plannedClass).toBe("K0");
});

it("lets a finding raise the class, and says that it is a floor when something can't be told", () => {
  expect(analyse({ ...plain, ...moduleOf("gone") }, plain)).toMatchObject({ plannedClass: "K5" });
  const patched = {
    ...plain,
    "acme/__init__.py":
      "from odoo import models as m\n\nfrom . import models\n\nfor name in models.NAMES:\n\n    class Made(m.Model):\n        _inherit = name\n",
  };
  const analysis = analyse(plain, patched);
  expect(analysis.floor).toBe(true);
  expect(analysis.unknowns[0]).toMatchObject({ module: "acme", file: "__init__.py" });
});

it("puts the worst first, and explains each rule that was met", () => {
  const analysis = analyse(null, {
    ...moduleOf("b", '"depends": ["nowhere"]'),
    "a/__manifest__.py": '{"name": "A", "version": "19.0.1.0.0"}',
  });
  expect(analysis.findings.map(({ severity, rule }) => [severity, rule])).toEqual([
    ["error", "dependency-missing"],
    ["note", "manifest-incomplete"],
  ]);
  expect(analysis.rules.map((rule) => rule.id)).toEqual(["dependency-missing", "manifest-incomplete"]);
  expect(analysis).toMatchObject({ old: null, plannedClass: null, updates: null, prediction: null, baseModules: 2 });
});

it("doesn't take a module whose old code can't be read for one that isn't installed", () => {
  const unreadable = { ...plain, "acme/__manifest__.py": "{'name': open('x').read()}" };
  expect(analyse(unreadable, plain)).toMatchObject({ updates: { minimal: ["acme"] } });
  expect(["K0", "K1"]).not.toContain(analyse(unreadable, plain).plannedClass);
  expect(analyse(plain, unreadable).plannedClass).toBe("K5");
});

it("calls nothing mild of a model that isn't there to read: its fields can't be compared", () => {
  const extended = (fields: string): TreeFiles => ({
    ...model(fields),
    "acme/models.py": `from odoo import fields, models\n\n\nclass Away(models.Model):\n    _inherit = "model.of.nobody"\n\n${fields}`,
  });
  expect(analyse(extended("    code = fields.Char()\n"), extended("    other = fields.Char()\n"))).toMatchObject({
    plannedClass: "K5",
    floor: true,
  });
});
