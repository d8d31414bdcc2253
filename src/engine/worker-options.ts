import type { Capabilities } from "../app/ports/capability.ts";
import type { Clock } from "../app/ports/clock.ts";
import type { EnvironmentRecord, Ledger } from "../app/ports/store.ts";
import type { GateKind, StepKind } from "../app/ports/step.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";

/** A step whose input is JSON; `anyStep` of app/ports makes one of a step with an input of its own. */
export type AnyStep = StepKind;
export type AnyGate = GateKind;

/** The world of one environment, fenced by one epoch. */
export interface Provided {
  readonly capabilities: Capabilities;
  /** Highest epoch that the world remembers for this environment (database comments, gateway, supervisor); 0 when none. */
  epochFloor(): Promise<number>;
  /** Ends sessions and connections; after it the capabilities can do no more. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Opens the world for one deployment. Called twice per run: first with the deployment as it was seen, for `epochFloor`
 * alone, then with the deployment as it was claimed, whose `epoch` is the fencing token of everything it hands out. It
 * must not reach the world by itself: only `epochFloor` and the capabilities may.
 */
export type Provide = (deployment: Deployment, environment: EnvironmentRecord) => Provided;

/** What the engine logs to: pino has this shape. */
export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkerOptions {
  readonly ledger: Ledger;
  /** Of Plimsoll's own database, for the beats and for graphile-worker. */
  readonly connectionString: string;
  /** Only deployments of this host are claimed. */
  readonly host: string;
  readonly steps: readonly AnyStep[];
  readonly gates: readonly AnyGate[];
  readonly provide: Provide;
  readonly clock: Clock;
  /** Another worker takes over after it has seen the same beat for so long. 3000 unless told. */
  readonly ttlMs?: number;
  /** Deployments that run at once in this process. 4 unless told. */
  readonly concurrency?: number;
  /**
   * Folder of this host, shared by all of its workers and durable. There the engine remembers that it takes a deployment
   * back without its ledger (S10), and how far each had come, so that a ledger restored from a backup is noticed.
   * Without it users wait for a ledger that is away.
   */
  readonly stateDirectory?: string;
  readonly log: EngineLog;
}

export interface RunningWorker {
  /** Takes nothing new, aborts what runs (it is left for the next worker to resume), gives the leases back. */
  stop(): Promise<void>;
}
