import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { analysisKinds } from "../../src/extensions/analyses/registry.ts";
import { renderRulesReference, rulesReferenceFile } from "./rules-reference.ts";

it("docs/reference/rules.md is what the rules say of themselves", () => {
  expect(readFileSync(rulesReferenceFile, "utf8")).toBe(renderRulesReference());
});

it("has an anchor for each rule", () => {
  const headings = new Set([...renderRulesReference().matchAll(/^### (.+)$/gm)].map((match) => match[1]));
  expect(headings).toEqual(new Set(analysisKinds.flatMap((kind) => kind.rules.map((rule) => rule.id))));
});
