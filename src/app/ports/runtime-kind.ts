import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { OdooRuntime } from "./odoo-runtime.ts";
import type { ReleaseLibrary } from "./release-library.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Clock } from "./clock.ts";

/** A way to run an environment's Odoo. Its folder under extensions/runtimes holds the pure rendering and the acting part. */
export interface RuntimeKind {
  readonly id: string;
  readonly summary: string;
  readonly capabilities: {
    /** Two generations may run side by side. */
    readonly sideBySide: boolean;
    /** Background work stops apart from the web workers. */
    readonly separateBackground: boolean;
  };
  open(environment: EnvironmentSpec, world: RuntimeWorld): OdooRuntime;
}

/** What a runtime may use of the world. */
export interface RuntimeWorld {
  readonly supervisor: Supervisor;
  readonly releases: ReleaseLibrary;
  readonly clock: Clock;
  /** Folder of this environment's configuration and logs. */
  readonly stateDirectory: string;
  /** Reads a secret at the moment it is needed. */
  readonly readSecret: (reference: EnvironmentSpec["database"]["password"]) => Promise<string>;
  /** Runs a process to its end; the only door to spawn. */
  readonly processes: Processes;
  /** Ends every process of an environment's earlier epochs on this host that carries PLIMSOLL_RUN. @returns how many there were */
  readonly endStrays: (environment: string, epochBelow: number) => Promise<number>;
  /** OS users of other environments, by numeric id; for isolation. */
  readonly otherUserIds: () => Promise<readonly number[]>;
}

export interface ProcessResult {
  /** Never 0 for a program that was told to end before it had: what it exits with then is no success. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

export interface Processes {
  /**
   * Runs argv (never a shell) in a process group of its own and waits. On abort or timeout the group gets SIGTERM, then
   * SIGKILL after graceMs. Output goes line by line to `line`.
   */
  run(command: {
    readonly argv: readonly string[];
    readonly cwd?: string;
    readonly env: Readonly<Record<string, string>>;
    readonly uid?: number | null;
    readonly gid?: number | null;
    readonly stdin?: string;
    readonly timeoutMs: number;
    readonly graceMs: number;
    readonly signal: AbortSignal;
    readonly line?: (line: string, stream: "stdout" | "stderr") => void;
  }): Promise<ProcessResult>;
}
