import { expect, test } from "vitest";
import { loadFigures, type Sample } from "./measured-load.ts";
import { median, quantile, ratioOf, summary } from "./statistics.ts";

test("quantiles are values that were measured", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1), quantile(values, 0)]).toEqual([50, 99, 100, 1]);
  expect(quantile([], 0.5)).toBeNaN();
});

test("the median of an even number lies between the two in the middle", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test("a ratio is the peer's median in units of ours, and nothing where one is missing", () => {
  expect(ratioOf(summary([2]), summary([10, 20, 30]))).toBe(10);
  expect(ratioOf(summary([]), summary([1]))).toBeNull();
  expect(ratioOf(summary([0]), summary([1]))).toBeNull();
});

const sample = (atMs: number, endMs: number, seen: Sample["seen"], user = 0): Sample => ({
  user,
  name: "read",
  atMs,
  endMs,
  seen,
  said: seen,
});

test("who isn't answered rightly goes on waiting until he is, even beyond the end of what is looked at", () => {
  const samples = [
    sample(0, 1, "right"),
    sample(10, 11, "failed"),
    sample(20, 21, "wrong"),
    sample(30, 45, "right"),
    sample(50, 51, "right"),
  ];
  expect(loadFigures(samples, 10, 30)).toMatchObject({ requests: 2, failed: 1, wrong: 1, longestWaitMs: 35 });
});

test("what one user waits isn't added to what another does", () => {
  const samples = [sample(0, 5, "failed"), sample(6, 8, "right", 1), sample(10, 12, "right")];
  expect(loadFigures(samples, 0, 100)).toMatchObject({ requests: 3, failed: 1, longestWaitMs: 12 });
});
