import { describe, expect, it } from "vitest";
import { cloneOfLiveMs, holdParts, type HoldMeasurements } from "./hold-parts.ts";

const rehearsed: HoldMeasurements = {
  items: { update: 9_000, examine: 3_000, "database-truth": 400, "application-truth": 100, "copy-live": 60_000, "try-workers": 7_000 },
  checkpoint: { clone: 1_000, links: 200, reading: 500 },
  bootMs: 4_000,
  betweenMs: [10, 2_000, 12, 11, 9],
};

describe("holdParts", () => {
  it("takes each part of a hold from where it was measured, and states the rest", () => {
    expect(holdParts(rehearsed, {})).toEqual({
      drain: 20,
      fence: 60,
      clone: 1_000,
      links: 200,
      reading: 500,
      update: 9_000,
      examine: 3_000,
      "database-truth": 400,
      "application-truth": 100,
      swap: 60 + 200,
      reopen: 4_000 + 50,
      record: 9 * 11,
    });
  });

  it("knows what a rehearsal doesn't do from earlier changes here, by their median", () => {
    const earlier = { drain: [900, 30, 40], fence: [70], swap: [110, 90], reopen: [5_000] };
    expect(holdParts(rehearsed, earlier)).toMatchObject({ drain: 40, fence: 70, swap: 110, reopen: 4_050 });
  });

  it("takes the start of workers that weren't tried from earlier changes, or else states it", () => {
    expect(holdParts({ ...rehearsed, bootMs: null }, { reopen: [5_000, 5_200, 9_000] })).toMatchObject({ reopen: 5_200 });
    expect(holdParts({ ...rehearsed, bootMs: null }, {})).toMatchObject({ reopen: 6_000 });
  });

  it("states the time between items when none was seen", () => {
    expect(holdParts({ ...rehearsed, betweenMs: [] }, {})["record"]).toBe(9 * 15);
  });
});

describe("cloneOfLiveMs", () => {
  it("counts the dead space of the live database, and never makes a clone cheaper than it was", () => {
    expect(cloneOfLiveMs(1_000, { copy: 400, live: 600 })).toBe(1_500);
    expect(cloneOfLiveMs(1_000, { copy: 600, live: 400 })).toBe(1_000);
    expect(cloneOfLiveMs(1_000, { copy: 0, live: 400 })).toBe(1_000);
    expect(cloneOfLiveMs(1_000, { copy: null, live: 400 })).toBe(1_000);
  });
});
