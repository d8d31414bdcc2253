import { describe, expect, it } from "vitest";
import { canonicalJson } from "../shared/canonical-json.ts";
import { predictHold } from "./hold-prediction.ts";
import { staleReasons, type PlanFacts } from "./plan.ts";

const same = (a: Parameters<typeof canonicalJson>[0], b: Parameters<typeof canonicalJson>[0]): boolean =>
  canonicalJson(a) === canonicalJson(b);

const planned: PlanFacts = {
  exact: { "base digest": "sha256:1", "installed modules": { base: "19.0.1.3 installed" } },
  bounded: { rows: { value: 100, min: 50, max: 150 } },
};

describe("staleReasons", () => {
  it("finds nothing when nothing moved, or only within its bounds", () => {
    expect(staleReasons(planned, { ...planned, bounded: { rows: { value: 149, min: 0, max: 0 } } }, same)).toEqual([]);
  });

  it("names an exact fact that changed, with both values", () => {
    const now = { ...planned, exact: { ...planned.exact, "base digest": "sha256:2" } };
    expect(staleReasons(planned, now, same)).toEqual([{ fact: "base digest", planned: "sha256:1", now: "sha256:2" }]);
  });

  it("counts a missing fact as changed", () => {
    const reasons = staleReasons(planned, { exact: {}, bounded: {} }, same);
    expect(reasons.map((reason) => reason.fact)).toEqual(["base digest", "installed modules", "rows"]);
  });

  it("names a bound on either side that is breached", () => {
    const at = (value: number): PlanFacts => ({ ...planned, bounded: { rows: { value, min: 0, max: 0 } } });
    expect(staleReasons(planned, at(151), same)).toEqual([{ fact: "rows", planned: "50–150", now: 151 }]);
    expect(staleReasons(planned, at(49), same)).toHaveLength(1);
  });
});

describe("predictHold", () => {
  it("prefers what was measured here and otherwise says that it guesses", () => {
    expect(predictHold({ modules: 1, databaseSizeBytes: 1, history: { medianHoldMs: 9_000, n: 3 } })).toEqual({
      value: 9_000,
      basis: "median of 3 earlier holds here",
    });
    const small = predictHold({ modules: 1, databaseSizeBytes: 50e6, history: null });
    const large = predictHold({ modules: 30, databaseSizeBytes: 5e9, history: null });
    expect(small.basis).toContain("a guess");
    expect(large.value).toBeGreaterThan(small.value + 30_000);
  });
});
