import { expect, it } from "vitest";
import { freshRecords } from "./fresh-records.ts";
import { field, modelClass, sideOf, type ModuleParts } from "./test-kit.ts";

const base: ModuleParts = { models: [modelClass("base", { type: "abstract" })] };

function xmlids(modules: Readonly<Record<string, ModuleParts>>): string[] {
  return [...freshRecords(sideOf({ base, ...modules })).entries()].map(([xmlid]) => xmlid);
}

it("names a model and all its fields for the module that makes it", () => {
  const names = xmlids({ a: { models: [modelClass("x.thing", { fields: [field("code")] })] } }).filter((name) => name.startsWith("a."));
  expect(names).toEqual(
    ["model_x_thing", "id", "display_name", "code", "create_uid", "create_date", "write_uid", "write_date"].map((name) =>
      name.startsWith("model") ? `a.${name}` : `a.field_x_thing__${name}`,
    ),
  );
});

it("names for an extension what it declares and what every extension has", () => {
  const names = xmlids({
    a: { models: [modelClass("x.thing", { fields: [field("code")] })] },
    b: { models: [modelClass("x.thing", { inherit: ["x.thing"], fields: [field("code"), field("more")] })] },
  });
  expect(names.filter((name) => name.startsWith("b.")).toSorted()).toEqual([
    "b.field_x_thing__code",
    "b.field_x_thing__display_name",
    "b.field_x_thing__id",
    "b.field_x_thing__more",
    "b.model_x_thing",
  ]);
});

it("names fields of a mixin for whoever extends the mixin, on models that are there by then", () => {
  const names = xmlids({
    a: { models: [modelClass("x.mixin", { type: "abstract" }), modelClass("x.early", { inherit: ["x.mixin"] })] },
    b: { models: [modelClass("x.mixin", { type: "abstract", inherit: ["x.mixin"], fields: [field("more")] })] },
    c: { models: [modelClass("x.late", { inherit: ["x.mixin"] })] },
  });
  expect(names).toContain("b.field_x_early__more");
  expect(names).not.toContain("b.field_x_late__more");
  expect(names).toContain("c.field_x_late__more");
  expect(names).toContain("a.model_inherit__x_early__x_mixin");
});

it("names a mixin's fields for the module that gives it to a model", () => {
  const names = xmlids({
    a: { models: [modelClass("x.mixin", { type: "abstract", fields: [field("state")] }), modelClass("x.thing")] },
    b: { models: [modelClass("x.thing", { inherit: ["x.thing", "x.mixin"] })] },
  });
  expect(names).toEqual(expect.arrayContaining(["b.field_x_thing__state", "b.model_inherit__x_thing__x_mixin"]));
});

it("names fields that come by delegation", () => {
  const names = xmlids({
    a: { models: [modelClass("x.partner", { fields: [field("city")] })] },
    b: { models: [modelClass("x.user", { inherits: { "x.partner": "partner_id" }, fields: [field("partner_id", "Many2one")] })] },
    c: { models: [modelClass("x.partner", { inherit: ["x.partner"], fields: [field("zip")] })] },
  });
  expect(names).toEqual(expect.arrayContaining(["b.field_x_user__city", "c.field_x_user__zip", "b.model_inherit__x_user__x_partner"]));
});

it("names values of a selection for the module that adds them, and constraints by their table", () => {
  const list = (...values: readonly string[]) => ({ known: true as const, value: values.map((value) => [value, value]) });
  const names = xmlids({
    a: {
      models: [
        modelClass("x.thing", {
          fields: [field("state", "Selection", { selection: list("Open.x", "done") })],
          objects: [{ name: "code_uniq", line: 1, type: "constraint", definition: { known: true, value: "unique(code)" } }],
        }),
      ],
    },
    b: {
      models: [modelClass("x.thing", { inherit: ["x.thing"], fields: [field("state", "Selection", { selection_add: list("late") })] })],
    },
  });
  expect(names).toEqual(
    expect.arrayContaining([
      "a.selection__x_thing__state__open_x",
      "a.selection__x_thing__state__done",
      "b.selection__x_thing__state__late",
      "a.constraint_x_thing_code_uniq",
    ]),
  );
  expect(names).not.toContain("b.selection__x_thing__state__done");
});

it("isn't led astray by models that inherit from each other", () => {
  const diamonds = Array.from({ length: 60 }, (_, level) =>
    [0, 1].map((side) =>
      modelClass(`x.m${level}${side}`, {
        type: "abstract",
        inherit: level === 0 ? [] : [`x.m${level - 1}0`, `x.m${level - 1}1`],
        fields: [field(`f${level}`)],
      }),
    ),
  ).flat();
  const loop = [
    modelClass("x.a", { inherit: ["x.b"] }),
    modelClass("x.b", { inherit: ["x.a"] }),
    modelClass("x.a", { inherit: ["x.a", "x.b"] }),
  ];
  expect(xmlids({ a: { models: [...diamonds, ...loop] } })).toContain("a.field_x_m590__f0");
});
