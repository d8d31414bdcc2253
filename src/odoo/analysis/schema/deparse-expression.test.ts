import { expect, it } from "vitest";
import { deparseExpression } from "./deparse-expression.ts";
import { expressionSamples, sampleColumns } from "./test-kit.ts";

it.each(expressionSamples)("%s is written as %s", (text, expected) => {
  expect(deparseExpression(text, (column) => sampleColumns[column])).toBe(expected);
});

it.each(["lower(name) = 'x'", "unknown > 0", "data = '{}'", "count > 0; drop table x", "(count > 0", "count > ", "(".repeat(500)])(
  "%s isn't told",
  (text) => {
    expect(deparseExpression(text, (column) => sampleColumns[column])).toBeNull();
  },
);
