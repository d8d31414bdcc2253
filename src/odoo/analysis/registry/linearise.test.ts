import { expect, it } from "vitest";
import { mergeLinearisations } from "./linearise.ts";

it("merges as Python does", () => {
  // class A; class B(A); class C(A); class D(B, C)
  expect(
    mergeLinearisations([
      ["B", "A"],
      ["C", "A"],
      ["B", "C"],
    ]),
  ).toEqual(["B", "C", "A"]);
});

it("still gives an order where Python gives none", () => {
  expect(
    mergeLinearisations([
      ["A", "B"],
      ["B", "A"],
    ]),
  ).toEqual(["A", "B"]);
});
