import { describe, expect, it } from "vitest";
import { canonicalJson } from "../shared/canonical-json.ts";
import { predictCloneHold, predictHold } from "./hold-prediction.ts";
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

  const of = (deviations?: readonly number[]): ReturnType<typeof predictHold> =>
    predictHold({
      modules: 30,
      databaseSizeBytes: 5e9,
      history: { medianHoldMs: 99_000, n: 9 },
      rehearsal: {
        deployment: "D-4",
        at: "2026-01-15T02:00:00.000Z",
        partsMs: { update: 9_000, reopen: 1_000 },
        ...(deviations === undefined ? {} : { deviations }),
      },
    });

  it("adds a rehearsal's parts up, with the spread that is usual until this environment's own is known", () => {
    const usual = { value: 10_000, basis: "rehearsed on 2026-01-15 as D-4", low: 6_000, high: 12_000 };
    expect(of()).toEqual(usual);
    expect(of([0.9, 1.1])).toEqual(usual);
    expect(of([0.5, 1.5])).toEqual({ ...usual, low: 5_000, high: 15_000 });
  });

  it("has the spread of earlier rehearsals here once there are three, and the predicted value always within it", () => {
    const basis = "rehearsed on 2026-01-15 as D-4, give or take what 3 earlier rehearsals here were off by";
    expect(of([0.95, 1.02, 1.1])).toEqual({ value: 10_000, basis, low: 9_500, high: 11_000 });
    expect(of([0.7, 0.75, 0.8])).toMatchObject({ low: 7_000, high: 10_000 });
    expect(of([1.2, 1.25, 1.3])).toMatchObject({ low: 10_000, high: 13_000 });
  });
});

describe("predictCloneHold", () => {
  it("guesses from the size, and says that requests which run may take longer", () => {
    const wait = predictCloneHold({ databaseSizeBytes: 4e9, drainMs: 5_000 });
    expect(wait).toMatchObject({ basis: expect.stringContaining("a guess from 4000 MB"), low: wait.value, high: wait.value + 5_000 });
    expect(wait.value).toBeGreaterThan(predictCloneHold({ databaseSizeBytes: 4e8, drainMs: 5_000 }).value);
  });

  it("takes the clone of an earlier rehearsal, and of that nothing else", () => {
    const rehearsal = { deployment: "D-3", at: "2026-01-15T02:00:00.000Z", partsMs: { clone: 900, update: 60_000 } };
    const wait = predictCloneHold({ databaseSizeBytes: 4e9, drainMs: 5_000, rehearsal });
    expect(wait.value).toBe(980);
    expect(wait.basis).toContain("as in the rehearsal D-3 on 2026-01-15");
  });
});
