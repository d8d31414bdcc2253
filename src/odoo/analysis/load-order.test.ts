import { expect, it } from "vitest";
import type { GraphModule } from "./graph-module.ts";
import { loadOrder } from "./load-order.ts";

function graph(modules: Readonly<Record<string, readonly string[]>>, not: readonly string[] = []): Map<string, GraphModule> {
  return new Map(
    Object.entries(modules).map(([name, depends]) => [
      name,
      { name, depends, version: "19.0.1.0", installable: !not.includes(name), autoInstall: false },
    ]),
  );
}

// The picture in Odoo's modules/module_graph.py.
const picture = {
  base: [],
  module6: ["module4"],
  module5: ["module3"],
  module4: ["module2", "module3"],
  module3: ["module1"],
  module2: ["module1"],
  module1: ["base"],
};

it("goes by the longest way to base, then by name", () => {
  const { order, skipped } = loadOrder(Object.keys(picture), graph(picture));
  expect(order).toEqual(["base", "module1", "module2", "module3", "module4", "module5", "module6"]);
  expect(skipped).toEqual([]);
});

it("loads a test module right after its last dependency", () => {
  const modules = { ...picture, test_x: ["module3", "base"], aaa: ["module3"] };
  expect(loadOrder(Object.keys(modules), graph(modules)).order.slice(0, 5)).toEqual(["base", "module1", "module2", "module3", "test_x"]);
});

it("skips what isn't installable, what misses a dependency and what is in a circle, with all that depend on them", () => {
  const modules = {
    base: [],
    old: ["base"],
    needs_old: ["old"],
    lonely: ["nowhere"],
    a: ["b"],
    b: ["a", "base"],
    after: ["a"],
    fine: ["base"],
  };
  const { order, skipped } = loadOrder(Object.keys(modules), graph(modules, ["old"]));
  expect(order).toEqual(["base", "fine"]);
  expect(Object.fromEntries(skipped.map(({ module, why }) => [module, why]))).toEqual({
    old: "not-installable",
    needs_old: "dependency-missing",
    lonely: "dependency-missing",
    a: "cycle",
    b: "cycle",
    after: "cycle",
  });
});

it("takes a chain of any length", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `m${index}`);
  const modules = Object.fromEntries(names.map((name, index) => [name, index === 0 ? [] : [`m${index - 1}`]]));
  expect(loadOrder(names, graph(modules)).order).toEqual(names);
});
