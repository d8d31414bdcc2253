/** Where a secret is kept. The value itself never enters a declaration, a plan, an event or a log. */
export type SecretReference = { readonly fromFile: string } | { readonly fromEnv: string };

export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: SecretReference;
  /** Free bytes on the disk of the cluster, as stated by whoever runs it; counts only for a cluster on another machine, which can't be measured. */
  readonly diskFreeBytes?: number;
  /** A role with CREATEDB that owns the copies of rehearsals, so that the environment's own can't connect to them. */
  readonly rehearsal?: { readonly user: string; readonly password: SecretReference };
}

/** The declared environment: one Odoo database of a tenant at a stage, with its runtime. */
export interface EnvironmentSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tenant: string;
  readonly stage: "development" | "staging" | "production";
  readonly database: DatabaseConnection;
  /** Odoo's data directory; the filestore is `<dataDirectory>/filestore/<database>`. */
  readonly dataDirectory: string;
  readonly runtime: ProcessRuntimeSpec;
  readonly gateway: GatewaySpec;
  /** Name or digest of the release that runs there when it is adopted; none: the base's modules only. */
  readonly release?: string;
  readonly limits: EnvironmentLimits;
  /** Files or folders on the host with business smoke scenarios of the tenant's own, beside the shipped ones. */
  readonly smoke?: readonly string[];
  /** What policy wants before a change that updates a database may begin. */
  readonly requires?: readonly EnvironmentRequirement[];
}

/** `rehearsal`: a rehearsal of exactly this release on exactly this ground that hasn't expired. */
export type EnvironmentRequirement = "rehearsal";

/** A module whose code is newer than the version in the database, on purpose: a code-only release raised it and nothing was updated. */
export interface ModuleLag {
  readonly module: string;
  /** As in the database. */
  readonly database: string;
  /** As in the release that serves. */
  readonly code: string;
}

/** After a recovery nothing changes an environment until a person lifts the hold. */
export interface EnvironmentHold {
  readonly since: string;
  readonly deployment: string;
  readonly reason: string;
  /** Background work is stopped until what would be sent twice is settled. */
  readonly backgroundStopped: boolean;
}

export interface ProcessRuntimeSpec {
  readonly kind: "process";
  /** Name of the host whose workers may act on it. */
  readonly host: string;
  readonly odoo: {
    readonly python: string;
    readonly server: string;
    readonly pythonPath?: string;
    readonly addonsPaths: readonly string[];
    readonly pycachePrefix?: string;
    /** Further odoo.conf options; those that Plimsoll sets itself are refused. */
    readonly options: Readonly<Record<string, string>>;
  };
  /** HTTP workers; 0 is Odoo's threaded server, without websockets on their own port. */
  readonly workers: number;
  readonly cronThreads: number;
}

export interface GatewaySpec {
  readonly listenHost: string;
  readonly listenPort: number;
  readonly hostnames: readonly string[];
}

export interface EnvironmentLimits {
  /** Above this predicted hold the maintenance page is shown from the start. */
  readonly holdMsMax: number;
  readonly drainMsMax: number;
  readonly backgroundStopMsMax: number;
  readonly updateMsMax: number;
  readonly bootMsMax: number;
  /** How long the closed original is kept after reopening. */
  readonly holdHorizonMs: number;
  /** How long a new release is watched before its background work starts; so long a recovery is automatic. */
  readonly soakMs: number;
  readonly heldRequestsMax: number;
  readonly heldBytesMax: number;
}

export const defaultLimits: EnvironmentLimits = {
  holdMsMax: 60_000,
  drainMsMax: 30_000,
  backgroundStopMsMax: 120_000,
  updateMsMax: 1_800_000,
  bootMsMax: 60_000,
  holdHorizonMs: 24 * 3_600_000,
  soakMs: 300_000,
  heldRequestsMax: 2_000,
  heldBytesMax: 256 * 1024 * 1024,
};
