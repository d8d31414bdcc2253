/** One long-running process that the supervisor keeps alive, independently of the control plane. */
export interface Unit {
  /** `<environment>/<name>`; `host/gateway` for the gateway. */
  readonly id: string;
  readonly epoch: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly logFile: string;
  /** Signal and patience for an orderly stop; after it the process group is killed. */
  readonly stop: { readonly signal: "SIGTERM" | "SIGINT"; readonly graceMs: number };
  /** Facts that its user wants back with the observation: release digest, database, ports. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface UnitStatus {
  readonly unit: Unit;
  /** Highest epoch that was given for the environment of the unit: lower ones are refused. */
  readonly obeysEpoch: number;
  readonly state: "running" | "starting" | "backing-off" | "stopping" | "stopped";
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly lastExit: { readonly code: number | null; readonly signal: string | null; readonly at: string } | null;
}

/** Lower epochs of the same environment are refused with EPOCH_SUPERSEDED; the highest one seen is durable. */
export interface Supervisor {
  /** Starts the unit, or restarts it when its definition differs; durable before it is acknowledged. */
  ensure(unit: Unit): Promise<UnitStatus>;
  /**
   * Asks a unit to stop and forgets it. With `kill: false` a unit that doesn't stop within `graceMs` goes on and the answer
   * says `stopping`; with true its group is killed. Idempotent.
   */
  stop(id: string, epoch: number, options: { readonly graceMs: number; readonly kill: boolean }): Promise<{ readonly stopped: boolean }>;
  list(prefix: string): Promise<UnitStatus[]>;
}
