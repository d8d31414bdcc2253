import type { Clock } from "../app/ports/clock.ts";
import type { Ledger } from "../app/ports/store.ts";
import type { HashText } from "../domain/shared/digest.ts";
import type { Heart } from "./heart.ts";
import type { HostJournal } from "./host-journal.ts";
import type { AnyGate, AnyStep, EngineLog, Provide } from "./worker-options.ts";

/** Every bound of the engine in one place. */
export interface EngineLimits {
  /** Another worker takes over after it has seen the same beat for so long. */
  readonly ttlMs: number;
  /** Between two looks at the ledger for work that is due or orphaned. */
  readonly sweepMs: number;
  /** What a step may still take after it was told to stop; then its session is cut off and the next epoch goes on. */
  readonly graceMs: number;
  /** Reads of the world by `observe`. */
  readonly observeMs: number;
  readonly undoAttempts: number;
  /** How often one item may be interrupted by dying workers before the deployment goes back. */
  readonly interruptionsMax: number;
  readonly backOffMsMin: number;
  readonly backOffMsMax: number;
  /** While going back a ledger that doesn't answer within this is written later (S10). */
  readonly ledgerPatienceMs: number;
  readonly progressMs: number;
  readonly evidenceBytesMax: number;
}

export function engineLimits(ttlMs: number): EngineLimits {
  return {
    ttlMs,
    sweepMs: Math.min(1_000, ttlMs / 3),
    graceMs: 30_000,
    observeMs: 60_000,
    // With the back-off about half a minute: a database server that restarts is back by then.
    undoAttempts: 8,
    interruptionsMax: 5,
    backOffMsMin: 250,
    backOffMsMax: 30_000,
    ledgerPatienceMs: 1_000,
    progressMs: 500,
    evidenceBytesMax: 256 * 1024,
  };
}

/** The part of the lease's time after which its owner stops by itself: well before anybody else may take over. */
export const ownLeaseShare = 0.6;

/** What the engine is made of. The simulation gives it a virtual clock, a ledger in memory and a heart without threads. */
export interface EngineWorld {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly host: string;
  /** Unique for this process and this start. */
  readonly owner: string;
  readonly steps: ReadonlyMap<string, AnyStep>;
  readonly gates: ReadonlyMap<string, AnyGate>;
  readonly provide: Provide;
  readonly heart: Heart;
  readonly hash: HashText;
  /** null: a mute ledger is waited for, because going back without it could not be remembered. */
  readonly journal: HostJournal | null;
  readonly limits: EngineLimits;
  readonly log: EngineLog;
  /** A named point where tests end or break the process; nothing in production. */
  readonly failpoint: (name: string) => void | Promise<void>;
}

export function backOffMs(limits: EngineLimits, attempt: number): number {
  return Math.min(limits.backOffMsMax, limits.backOffMsMin * 2 ** Math.max(0, attempt - 1));
}

/** Sleeps, and wakes early without complaint when the signal aborts. */
export async function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
  });
}
