import { expect, it } from "vitest";
import { analysisKinds } from "../../src/extensions/analyses/registry.ts";
import { analysisConforms } from "./analysis-suite.ts";

for (const kind of analysisKinds) analysisConforms(kind);

it("no rule has the id of another, in whichever analysis", () => {
  const ids = analysisKinds.flatMap((kind) => kind.rules.map((rule) => rule.id));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(new Set(analysisKinds.map((kind) => kind.id)).size).toBe(analysisKinds.length);
});
