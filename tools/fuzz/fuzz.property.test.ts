import { expect, test } from "vitest";
import { fuzzTargets } from "./targets.ts";
import { inputOf, tryInput } from "./try-input.ts";

test.each(fuzzTargets)("$name stumbles over nothing", (target) => {
  const failures = Array.from({ length: 150 }, (_, index) => tryInput(target, 1, index)).filter((failure) => failure !== null);
  expect(failures.map(({ kind, what, index }) => `${kind} at ${index}: ${what}`)).toEqual([]);
});

test("an input is made again from its number", () => {
  const [target] = fuzzTargets;
  if (target === undefined) throw new Error("there are no targets");
  expect(inputOf(target, 3, 14)).toBe(inputOf(target, 3, 14));
  expect(inputOf(target, 3, 14)).not.toBe(inputOf(target, 3, 15));
});

test("a parser that throws or dawdles is found", () => {
  const target = { name: "bad", seeds: ["a"], like: null, run: (): never => JSON.parse("{") as never };
  expect(tryInput(target, 1, 0)).toMatchObject({ kind: "threw", target: "bad", index: 0 });
});
