import { beforeAll, describe, expect, it } from "vitest";
import { judge, type JudgedPair } from "../../tools/corpus/judge.ts";
import { askOracle } from "../../tools/corpus/oracles.ts";
import { openAnalyser } from "../../tools/corpus/predicted.ts";
import { changeKinds, pairName, readSample } from "../../tools/corpus/sample.ts";

/**
 * Real releases from PyPI on a real Odoo: about ten seconds a pair, two at a time, and nothing where the cache has what Odoo did.
 * Without a network and without that cache it fails.
 */
const sample = readSample();
const pairs = sample.pairs.filter((pair) => pair.covers !== undefined);
const judged = new Map<string, JudgedPair>();

beforeAll(async () => {
  const analyser = await openAnalyser();
  for (const one of await askOracle(pairs, sample, { jobs: 2, say: () => {} })) {
    if ("skipped" in one) throw new Error(`${pairName(one.pair)}: ${one.skipped}`);
    const record = one.read();
    const { outcome } = record;
    if (outcome.kind !== "updated") throw new Error(`${pairName(one.pair)}: ${outcome.kind}: ${outcome.why}\n${record.log.slice(-2000)}`);
    const result = judge(record, await analyser.analyse(record));
    if (result !== null) judged.set(pairName(one.pair), result);
  }
});

it("covers every kind of change with at least twelve pairs", () => {
  expect(pairs.length).toBeGreaterThanOrEqual(12);
  expect(new Set(pairs.flatMap((pair) => pair.covers ?? []))).toEqual(new Set(changeKinds));
});

describe.each(pairs.map((pair) => [pairName(pair), pair] as const))("%s", (name, pair) => {
  const found = (): JudgedPair => {
    const result = judged.get(name);
    if (result === undefined) throw new Error(`${name} wasn't judged`);
    return result;
  };

  it("changes what it is in the sample for", () => {
    expect(found().kinds).toEqual(expect.arrayContaining([...(pair.covers ?? [])]));
  });

  it("has a class that isn't too mild, loses nothing unforeseen, and is updated enough", () => {
    const { comparison, misses } = found();
    const shown = misses.join("\n");
    expect(comparison.rating, shown).not.toBe("too mild");
    expect(comparison.missedDrops, shown).toEqual([]);
    expect(comparison.sufficient, shown).toBe(true);
  });

  it("changes the schema as predicted", () => {
    const { comparison, misses } = found();
    expect([...comparison.schema.missed, ...comparison.schema.invented], misses.join("\n")).toEqual([]);
  });
});
