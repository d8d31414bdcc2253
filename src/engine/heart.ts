import type { Fence } from "../app/ports/store.ts";

/** The beats of one lease. */
export interface Beats {
  /** Since the sending of the last beat that the ledger took, on the monotonic clock. */
  ageMs(): number;
  /** A beat touched no row: another worker has the lease. Never turns back. */
  superseded(): boolean;
  stop(): void;
}

/** Beats for the leases of this process, independently of what its main loop does. */
export interface Heart {
  /** Begins with the claim just made as its first beat. */
  keep(deployment: string, fence: Fence): Beats;
  stop(): Promise<void>;
}
