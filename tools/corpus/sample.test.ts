import { describe, expect, it } from "vitest";
import { buildsOf, firstPairs, pairName, readSample, type Pair } from "./sample.ts";
import { withReport } from "./report.ts";

const pair = (addon: string, from: string, covers?: Pair["covers"]): Pair => ({
  addon,
  from,
  to: `${from}.1`,
  with: {},
  template: "contacts",
  ...(covers === undefined ? {} : { covers }),
});

it("a part of the sample begins with the tests' pairs and then takes every addon in turn", () => {
  const pairs = [pair("a", "1"), pair("a", "2"), pair("b", "1"), pair("c", "1", ["python only"])];
  expect(firstPairs(pairs, 3).map(({ addon, from }) => `${addon} ${from}`)).toEqual(["c 1", "a 1", "b 1"]);
});

describe("the sample", () => {
  const { pairs, wheels } = readSample();

  it("states the digest of every wheel", () => {
    const builds = pairs.flatMap((one) => [...buildsOf(one, "from"), ...buildsOf(one, "to")]);
    const lacking = builds.filter(({ addon, version }) => !/^[0-9a-f]{64}$/.test(wheels[addon]?.[version] ?? ""));
    expect(lacking).toEqual([]);
  });

  it("names no pair twice", () => {
    expect(new Set(pairs.map(pairName)).size).toBe(pairs.length);
  });
});

it("a report goes between its marks", () => {
  expect(withReport("a\n<!-- corpus -->\nold\n<!-- /corpus -->\nb\n", "new")).toBe("a\n<!-- corpus -->\nnew\n<!-- /corpus -->\nb\n");
  expect(() => withReport("no marks", "new")).toThrow();
});
