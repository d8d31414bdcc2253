import { expect, it } from "vitest";
import { sampleBaseFiles } from "../../../test/conformance/sample-grounds.ts";
import { treeModules, type TreeFiles } from "../../../test/conformance/fakes/fake-source-trees.ts";
import { analysedSide, sideGround } from "./side.ts";

const acme: TreeFiles = {
  "acme/__manifest__.py": '{"name": "Acme", "version": "19.0.1.0.0", "depends": ["sale"]}',
  "acme/__init__.py": "from . import models\n",
  "acme/models.py":
    "from odoo import fields, models\n\n\nclass P(models.Model):\n    _inherit = 'res.partner'\n\n    code = fields.Char()\n",
};
const side = (release: TreeFiles, others: TreeFiles = {}, modules: readonly string[] | null = null) =>
  analysedSide({
    ground: sideGround({ series: "19.0", core: treeModules(sampleBaseFiles), release: treeModules(release), others: treeModules(others) }),
    modules,
  });

it("orders the release's modules with all that they depend on, and composes their models", () => {
  const { order, own, registry, universe } = side(acme);
  expect(order).toEqual(["base", "sale", "acme"]);
  expect([...own]).toEqual(["acme"]);
  expect(universe.size).toBe(3);
  expect(registry.models.get("res.partner")?.fields.get("code")?.declared[0]?.module).toBe("acme");
});

it("lets Odoo's own package win over the release, and the release over the base's other folders", () => {
  const copy = { "sale/__manifest__.py": '{"name": "Mine", "version": "19.0.9.0.0"}' };
  const { shadowed, own, universe } = side({ ...acme, ...copy }, { "acme/__manifest__.py": '{"name": "Vendor", "version": "19.0.0.1.0"}' });
  expect(shadowed).toEqual(["sale"]);
  expect([...own]).toEqual(["acme"]);
  expect(universe.get("sale")?.manifest?.version).toBe("1.0");
  expect(universe.get("acme")?.manifest?.version).toBe("19.0.1.0.0");
});

it("goes on to the next folder when a manifest can't be read, as Odoo does", () => {
  const { universe, own, order } = side({ "acme/__manifest__.py": "{" }, acme);
  expect(universe.get("acme")?.manifest?.version).toBe("19.0.1.0.0");
  expect([...own]).toEqual([]);
  expect(order).toEqual([]);
});

it("looks at a module all the same when something isn't there that it depends on", () => {
  const lonely = { "acme/__manifest__.py": '{"name": "Acme", "version": "19.0.1.0.0", "depends": ["sale", "nowhere"]}' };
  expect(side({ ...acme, ...lonely }).order).toEqual(["base", "sale", "acme"]);
});

it("without a base leaves nothing out for a dependency that can't be looked up", () => {
  const ground = sideGround({ series: "19.0", core: [], release: treeModules(acme), others: [] });
  expect(analysedSide({ ground, modules: null }).order).toEqual(["acme"]);
});

it("reads only the modules in question", () => {
  const read: string[] = [];
  const watched = treeModules(sampleBaseFiles).map((module) => ({
    ...module,
    load: () => {
      read.push(module.name);
      return module.load();
    },
  }));
  analysedSide({ ground: sideGround({ series: "19.0", core: watched, release: treeModules(acme), others: [] }), modules: ["base"] });
  expect(read).toEqual(["base"]);
});
