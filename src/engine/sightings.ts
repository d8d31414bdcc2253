import type { Deployment } from "../domain/rollout/deployment.ts";

interface Sighting {
  readonly epoch: number;
  readonly beat: number;
  readonly owner: string;
  /** When this very beat was first seen, on our own monotonic clock. */
  readonly sinceMs: number;
}

/**
 * Decides what wants a worker from what one look at the ledger shows. Leases use no wall clock: an owner counts as dead once
 * the same beat has been seen for a whole TTL on our own clock.
 */
export class Sightings {
  readonly #seen = new Map<string, Sighting>();

  /** @param due what the ledger says; @returns what may be claimed now */
  claimable(due: readonly Deployment[], nowMs: number, ttlMs: number): Deployment[] {
    const ids = new Set(due.map((deployment) => deployment.id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    return due.filter((deployment) => this.#isClaimable(deployment, nowMs, ttlMs));
  }

  #isClaimable(deployment: Deployment, nowMs: number, ttlMs: number): boolean {
    const { id, epoch, beat, leaseOwner } = deployment;
    if (leaseOwner === null) {
      this.#seen.delete(id);
      return true;
    }
    const before = this.#seen.get(id);
    if (before !== undefined && before.epoch === epoch && before.beat === beat && before.owner === leaseOwner)
      return nowMs - before.sinceMs >= ttlMs;
    this.#seen.set(id, { epoch, beat, owner: leaseOwner, sinceMs: nowMs });
    return false;
  }
}
