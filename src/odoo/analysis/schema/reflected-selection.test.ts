import { describe, expect, it } from "vitest";
import { predictSchemaUpdate, type SchemaPrediction } from "./predict-schema-update.ts";
import { sideOf, tenantOf, type Modules } from "./test-kit.ts";

const values = (text: string): Modules => ({
  acme: `class Order(models.Model):\n    _name = "acme.order"\n    a = fields.Selection(${text})\n`,
});

function update(from: Modules, to: Modules): SchemaPrediction {
  const [before, after] = [sideOf(from), sideOf(to)];
  return predictSchemaUpdate({
    catalogue: tenantOf(before).catalogue,
    before: before.registry,
    after: after.registry,
    modules: new Set(["acme"]),
  });
}

/** Only the lists that have something. */
function seen({ difference }: SchemaPrediction): unknown {
  return Object.fromEntries(Object.entries(difference).filter(([, list]) => list.length > 0));
}

describe("a selection", () => {
  it("that loses a value loses its record", () => {
    expect(seen(update(values("[('a', 'A'), ('b', 'B')]"), values("[('a', 'A'), ('c', 'C')]")))).toEqual({
      selectionsRemoved: ["acme.order.a: b"],
    });
  });

  it("that a method gives has none", () => {
    expect(seen(update(values("[('a', 'A')]"), values("'_values'")))).toEqual({ selectionsRemoved: ["acme.order.a: a"] });
  });

  it("that is computed can't be told, so it is the worst that it could be", () => {
    const plan = update(values("[('a', 'A')]"), values("[(x, x) for x in ALL]"));
    expect(seen(plan)).toEqual({});
    expect(plan.risks).toMatchObject([{ atLeast: "K5" }]);
  });
});
