import { describe, expect, test } from "vitest";
import type { Deployment } from "../domain/rollout/deployment.ts";
import { Sightings } from "./sightings.ts";

const ttlMs = 3_000;

function owned(owner: string | null, epoch: number, beat: number, id = "D-1"): Deployment {
  return { id, leaseOwner: owner, epoch, beat } as Deployment;
}

describe("when an owner counts as dead", () => {
  test("what nobody owns may be claimed at once", () => {
    expect(new Sightings().claimable([owned(null, 0, 0)], 0, ttlMs)).toHaveLength(1);
  });

  test("the same beat for a whole TTL, and not a millisecond sooner", () => {
    const sightings = new Sightings();
    const deployment = owned("a", 1, 7);
    expect(sightings.claimable([deployment], 100, ttlMs)).toEqual([]);
    expect(sightings.claimable([deployment], 3_099, ttlMs)).toEqual([]);
    expect(sightings.claimable([deployment], 3_100, ttlMs)).toEqual([deployment]);
  });

  test.each([owned("a", 1, 8), owned("a", 2, 7), owned("b", 1, 7)])("another beat, epoch or owner begins anew: %o", (later) => {
    const sightings = new Sightings();
    sightings.claimable([owned("a", 1, 7)], 0, ttlMs);
    expect(sightings.claimable([later], 3_000, ttlMs)).toEqual([]);
    expect(sightings.claimable([later], 6_000, ttlMs)).toEqual([later]);
  });

  test("one that was away is not judged by what was seen before", () => {
    const sightings = new Sightings();
    sightings.claimable([owned("a", 1, 7)], 0, ttlMs);
    sightings.claimable([], 1_000, ttlMs);
    expect(sightings.claimable([owned("a", 1, 7)], 4_000, ttlMs)).toEqual([]);
  });
});
