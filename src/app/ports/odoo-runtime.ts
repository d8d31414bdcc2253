import type { Digest } from "../../domain/shared/digest.ts";
import type { SecretReference } from "../../domain/fleet/environment.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";

/** One set of Odoo processes of an environment: a release, on a database name, on ports of its own. */
export interface Generation {
  /** Unique within the environment: `g1`, `g2`, … */
  readonly id: string;
  readonly release: Digest | null;
  readonly database: string;
  readonly webPort: number;
  readonly websocketPort: number | null;
}

export interface GenerationStatus {
  readonly generation: Generation;
  readonly web: "running" | "stopped" | "stopping" | "failing";
  readonly background: "running" | "stopped" | "stopping" | "failing";
  /** What the web log says last, or that of the background when only this is failing; empty when nothing of it runs. */
  readonly logTail: readonly string[];
}

export interface HealthReport {
  readonly healthy: boolean;
  /** What was asked and what came: `/web/health 200`, `/web/login 200`, `css 200`. */
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly seen: string }[];
}

export interface OdooRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** The whole log, at most 64 MiB; cut in the middle beyond that, which `logCut` says. */
  readonly log: string;
  readonly logCut: boolean;
  /** The most memory that Odoo's process used; null: not measured. */
  readonly peakMemoryBytes: number | null;
}

/** SQL of one installed module that makes a copy harmless, as the module's `data/neutralize.sql` says. */
export interface NeutraliseScript {
  readonly module: string;
  readonly sql: string;
}

/** A role of the cluster by which Odoo connects to a copy. */
export interface DatabaseRole {
  readonly user: string;
  readonly password: SecretReference;
}

export interface Isolation {
  readonly isolated: boolean;
  readonly sentence: string;
}

/** The Odoo processes of one environment. Everything that changes something carries the deployment's epoch. */
export interface OdooRuntime {
  isolation(): Promise<Isolation>;
  generations(): Promise<GenerationStatus[]>;
  /** A new generation with free ports; nothing is started. Deterministic in `id`: asking again gives the same. */
  prepare(id: string, release: Digest | null, database: string): Promise<Generation>;
  startWeb(generation: Generation, epoch: number): Promise<void>;
  startBackground(generation: Generation, epoch: number): Promise<void>;
  /** Ends web and background of a generation; killing is allowed only after `graceMs`. */
  stopWeb(generation: Generation, epoch: number, graceMs: number): Promise<void>;
  /** Crons take nothing new and finish what they do. @returns false when they still run at the bound; they are not killed. */
  stopBackground(generation: Generation, epoch: number, boundMs: number, signal: AbortSignal): Promise<boolean>;
  /** Asks until it is healthy or the bound is reached. */
  waitHealthy(generation: Generation, boundMs: number, signal: AbortSignal): Promise<HealthReport>;
  health(generation: Generation): Promise<HealthReport>;
  /** `-u modules --stop-after-init` on a database: no HTTP, no crons, memory limit lifted. The child ends with the signal. */
  update(run: {
    readonly release: Digest;
    readonly database: string;
    readonly modules: readonly string[];
    readonly budgetMs: number;
    readonly epoch: number;
    readonly deployment: string;
    readonly signal: AbortSignal;
    readonly line?: (line: string) => void;
    readonly network?: "host" | "none";
    readonly role?: DatabaseRole;
  }): Promise<OdooRun>;
  /**
   * Runs one of Plimsoll's probe scripts inside Odoo's environment on a database.
   * @returns what the script reported, and the run
   */
  probe(run: {
    readonly script: "deep-probe" | "smoke";
    readonly release: Digest | null;
    readonly database: string;
    readonly input: Json;
    /** Users are served meanwhile: it takes only what serving them leaves of the processor. */
    readonly yields?: boolean;
    /** `none`: without any network but the way to the database, where the system allows it; see `networkIsolation`. */
    readonly network?: "host" | "none";
    /** How another role connects, for copies that belong to it; absent: the environment's own. */
    readonly role?: DatabaseRole;
    readonly budgetMs: number;
    readonly epoch: number;
    readonly deployment: string;
    readonly signal: AbortSignal;
  }): Promise<{ readonly report: Json; readonly run: OdooRun }>;
  /** Can a run be kept from the network on this host, and in words for the record. */
  networkIsolation(): Promise<Isolation>;
  /**
   * What the modules say must be done to a copy before anything may connect to it, in load order of `modules`.
   * @returns also the modules whose code isn't on the addons paths: what they would have neutralised is unknown
   */
  neutraliseScripts(
    release: Digest | null,
    modules: readonly string[],
  ): Promise<{ readonly scripts: readonly NeutraliseScript[]; readonly withoutCode: readonly string[] }>;
  /** Which of the modules' external dependencies Odoo wouldn't find, by Odoo's own rules: versions and markers count. */
  missingDependencies(needs: {
    readonly python: readonly string[];
    readonly bin: readonly string[];
  }): Promise<{ readonly python: readonly string[]; readonly bin: readonly string[] }>;
  /** Ends every process that an earlier epoch of this environment left on this host, other than generations. */
  endStrays(epoch: number): Promise<number>;
}
