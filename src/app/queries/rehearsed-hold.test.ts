import { describe, expect, it } from "vitest";
import type { ItemRun } from "../../domain/rollout/deployment.ts";
import { learntFrom, measurementsOf, type HeldChange } from "./rehearsed-hold.ts";

const at = (ms: number): string => new Date(Date.parse("2026-01-15T02:00:00.000Z") + ms).toISOString();

function run(position: number, item: string, [startedMs, endedMs]: readonly [number, number | null], more: Partial<ItemRun> = {}): ItemRun {
  const none = { output: null, verdict: null, error: null, progress: null, progressMessage: null };
  const state = endedMs === null ? "started" : "done";
  const endedAt = endedMs === null ? null : at(endedMs);
  return {
    deployment: "D-1",
    position,
    item,
    type: "step",
    attempt: 1,
    epoch: 1,
    state,
    ...none,
    startedAt: at(startedMs),
    endedAt,
    ...more,
  };
}

describe("measurementsOf", () => {
  const runs = [
    run(0, "copy-live", [0, 20_000]),
    run(1, "update", [20_010, 29_010]),
    run(2, "examine", [29_030, 29_500], { state: "failed" }),
    run(2, "examine", [30_500, 33_500], { attempt: 2 }),
    run(3, "database-truth", [33_512, 33_912]),
    run(4, "application-truth", [34_000, null], { epoch: 2 }),
  ];
  const reported = { clone: 1_000, links: 200, reading: 500, boot: 4_000, update: 8_000 };

  it("takes items from the record, with our own share, and the step's own figure where there is no record", () => {
    const { items } = measurementsOf(runs, reported);
    expect(items).toEqual({ update: 9_000, examine: 3_000, "database-truth": 400, "application-truth": 0 });
    expect(measurementsOf([], reported).items).toMatchObject({ update: 8_000 });
  });

  it("takes the time between items from pairs that followed each other without a failure or another worker", () => {
    expect(measurementsOf(runs, reported).betweenMs).toEqual([10, 20, 12]);
  });

  it("has what only the steps measured, and says when workers weren't tried", () => {
    expect(measurementsOf(runs, reported)).toMatchObject({ checkpoint: { clone: 1_000, links: 200, reading: 500 }, bootMs: 4_000 });
    const { boot: _, ...without } = reported;
    expect(measurementsOf(runs, without).bootMs).toBeNull();
  });
});

describe("learntFrom", () => {
  const change = (holdMs: number, predicted: number, rehearsed: boolean, runs: readonly ItemRun[] = []): HeldChange => ({
    deployment: { holdStartedAt: at(0), holdEndedAt: at(holdMs) },
    plan: {
      predictedHoldMs: { value: predicted, basis: "" },
      rehearsal: rehearsed ? { deployment: "D-0", at: at(0), expiresAt: at(1) } : null,
    },
    runs,
  });

  it("knows by how much predictions from rehearsals were off, and of no others", () => {
    const changes = [
      change(9_000, 10_000, true),
      change(30_000, 10_000, false),
      change(22_000, 20_000, true),
      { ...change(1, 1, true), plan: null },
    ];
    expect(learntFrom(changes).deviations).toEqual([0.9, 1.1]);
  });

  it("knows how long each item took that a rehearsal doesn't run", () => {
    const one = change(9_000, 10_000, true, [run(7, "drain", [0, 30]), run(8, "fence", [40, 100]), run(9, "update", [100, 5_000])]);
    const other = change(9_000, 10_000, true, [run(7, "drain", [0, 50]), run(15, "reopen", [60, 4_060])]);
    expect(learntFrom([one, other]).items).toEqual({ drain: [30, 50], fence: [60], swap: [], reopen: [4_000] });
  });

  it("learns nothing from a hold in which a worker was lost; who settles later is another one always", () => {
    const lost = change(90_000, 10_000, true, [run(7, "drain", [0, 30]), run(15, "reopen", [60, 80_000], { epoch: 2 })]);
    expect(learntFrom([lost])).toEqual({ items: { drain: [], fence: [], swap: [], reopen: [] }, deviations: [] });
    const sound = change(9_000, 10_000, true, [run(7, "drain", [0, 30]), run(18, "settle", [60, 80], { epoch: 2 })]);
    expect(learntFrom([sound]).deviations).toEqual([0.9]);
  });
});
