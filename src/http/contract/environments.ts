import { z } from "zod";
import type { AnswersSeen } from "../../domain/fleet/answers.ts";
import type { EnvironmentHold, EnvironmentSpec, ModuleLag } from "../../domain/fleet/environment.ts";
import type { InstalledModule } from "../../domain/fleet/facts.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { digest, moment, resourceName } from "./names.ts";
import type { None, Operation } from "./operation.ts";
import { environmentSpec } from "./environment-spec.ts";

export interface Tenant {
  readonly name: string;
  readonly title: string;
  readonly createdAt: string;
}

/** After a recovery nothing changes an environment until a person lifts the hold. */
export interface HoldView extends EnvironmentHold {
  /** The command that lifts it, once somebody has looked. */
  readonly liftedBy: string;
}

export interface EnvironmentSummary {
  readonly name: string;
  readonly tenant: string;
  readonly stage: string;
  readonly host: string;
  readonly database: string;
  readonly url: string;
  /** null: the base's modules only. */
  readonly release: { readonly name: string; readonly digest: Digest } | null;
  readonly generation: string;
  /** Base that the database was last updated or adopted with; null: not known. */
  readonly baseDigest: Digest | null;
  /** What a code-only release raised and the database doesn't know yet. */
  readonly lag: readonly ModuleLag[];
  /** null: changes may run. */
  readonly held: HoldView | null;
  /** The deployment that has it for itself now. */
  readonly deployment: string | null;
  readonly updatedAt: string;
}

/** Something measured now, or the reason why it could not be. */
export type Measured<T> =
  | { readonly state: "measured"; readonly at: string; readonly value: T }
  | { readonly state: "unknown"; readonly at: string; readonly reason: string };

export interface DatabaseNow {
  readonly series: string;
  readonly serverVersion: string;
  readonly sizeBytes: number;
  readonly rowsTotal: number;
  readonly largestTables: readonly { readonly table: string; readonly rows: number }[];
  readonly activeUsers: number;
  readonly modules: readonly InstalledModule[];
  /** Modules in a state `to …`; and Odoo's own mark of an interrupted update. */
  readonly pending: readonly string[];
  readonly customisations: {
    readonly manualModels: readonly string[];
    readonly manualFields: readonly string[];
    readonly editedViews: readonly string[];
    readonly ownViews: readonly string[];
    readonly serverActions: number;
    readonly automations: number;
  };
}

export interface GenerationNow {
  readonly id: string;
  readonly release: Digest | null;
  readonly database: string;
  readonly webPort: number;
  readonly web: string;
  readonly background: string;
}

/** What one set of workers answered since users were sent to it. */
export interface UpstreamNow extends AnswersSeen {
  readonly port: number;
  /** The generation that listens there; null: none that is known. */
  readonly generation: string | null;
  readonly inFlight: number;
}

export interface TrafficNow {
  readonly mode: string;
  readonly inFlight: number;
  readonly held: number;
  readonly websockets: number;
  readonly passedTotal: number;
  readonly refusedTotal: number;
  /** Where users are sent now, then where they were sent before; at most three. */
  readonly upstreams: readonly UpstreamNow[];
}

export interface EnvironmentDetail extends EnvironmentSummary {
  readonly spec: EnvironmentSpec;
  readonly now: {
    readonly database: Measured<DatabaseNow>;
    readonly runtime: Measured<{ readonly generations: readonly GenerationNow[]; readonly isolated: boolean; readonly isolation: string }>;
    readonly traffic: Measured<TrafficNow | null>;
  };
}

const holdView: z.ZodType<HoldView> = z.object({
  since: moment,
  deployment: z.string(),
  reason: z.string(),
  backgroundStopped: z.boolean(),
  liftedBy: z.string(),
});

const summaryShape = {
  name: z.string(),
  tenant: z.string(),
  stage: z.string(),
  host: z.string(),
  database: z.string(),
  url: z.string(),
  release: z.object({ name: z.string(), digest }).nullable(),
  generation: z.string(),
  baseDigest: digest.nullable(),
  lag: z.array(z.object({ module: z.string(), database: z.string(), code: z.string() })),
  held: holdView.nullable(),
  deployment: z.string().nullable(),
  updatedAt: moment,
};

function measured<T>(value: z.ZodType<T>): z.ZodType<Measured<T>> {
  return z.discriminatedUnion("state", [
    z.object({ state: z.literal("measured"), at: moment, value }),
    z.object({ state: z.literal("unknown"), at: moment, reason: z.string() }),
  ]) as unknown as z.ZodType<Measured<T>>;
}

const names = z.array(z.string());
const databaseNow: z.ZodType<DatabaseNow> = z.object({
  series: z.string(),
  serverVersion: z.string(),
  sizeBytes: z.number(),
  rowsTotal: z.number(),
  largestTables: z.array(z.object({ table: z.string(), rows: z.number() })),
  activeUsers: z.int(),
  modules: z.array(z.object({ name: z.string(), state: z.string(), version: z.string().nullable(), imported: z.boolean() })),
  pending: names,
  customisations: z.object({
    manualModels: names,
    manualFields: names,
    editedViews: names,
    ownViews: names,
    serverActions: z.int(),
    automations: z.int(),
  }),
});
const generationNow = z.object({
  id: z.string(),
  release: digest.nullable(),
  database: z.string(),
  webPort: z.int(),
  web: z.string(),
  background: z.string(),
});
const upstreamNow: z.ZodType<UpstreamNow> = z.object({
  port: z.int(),
  generation: z.string().nullable(),
  sinceMs: z.int(),
  inFlight: z.int(),
  answers: z.int(),
  serverErrors: z.int(),
  errorsInBody: z.int(),
  businessErrors: z.int(),
  unread: z.int(),
  unanswered: z.int(),
  errorNames: z.record(z.string(), z.int()),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }).nullable(),
});
const trafficNow: z.ZodType<TrafficNow> = z.object({
  mode: z.string(),
  inFlight: z.int(),
  held: z.int(),
  websockets: z.int(),
  passedTotal: z.int(),
  refusedTotal: z.int(),
  upstreams: z.array(upstreamNow),
});

export const listTenants: Operation<None, None, null, { readonly items: readonly Tenant[] }> = {
  id: "listTenants",
  tag: "environments",
  summary: "Tenants",
  method: "get",
  path: "/tenants",
  params: null,
  query: null,
  body: null,
  answer: z.object({ items: z.array(z.object({ name: z.string(), title: z.string(), createdAt: moment })) }),
  status: 200,
  slow: false,
};

export const listEnvironments: Operation<
  None,
  { readonly tenant?: string | undefined },
  null,
  { readonly items: readonly EnvironmentSummary[] }
> = {
  id: "listEnvironments",
  tag: "environments",
  summary: "Environments",
  method: "get",
  path: "/environments",
  params: null,
  query: z.object({ tenant: resourceName.optional() }),
  body: null,
  answer: z.object({ items: z.array(z.object(summaryShape)) }),
  status: 200,
  slow: false,
};

export const showEnvironment: Operation<{ readonly environment: string }, None, null, EnvironmentDetail> = {
  id: "showEnvironment",
  tag: "environments",
  summary: "One environment as declared, and as it is now: database, Odoo, traffic",
  method: "get",
  path: "/environments/{environment}",
  params: z.object({ environment: resourceName }),
  query: null,
  body: null,
  answer: z.object({
    ...summaryShape,
    spec: environmentSpec,
    now: z.object({
      database: measured(databaseNow),
      runtime: measured(z.object({ generations: z.array(generationNow), isolated: z.boolean(), isolation: z.string() })),
      traffic: measured(trafficNow.nullable()),
    }),
  }),
  status: 200,
  slow: false,
};

const reasonCharactersMax = 2_000;

export const liftHold: Operation<
  { readonly environment: string },
  None,
  { readonly reason: string; readonly outbox?: "cancel" | "send" | undefined },
  EnvironmentSummary & { readonly notes: readonly string[] }
> = {
  id: "liftHold",
  tag: "environments",
  summary: "Let changes run again after a recovery; background work that stayed stopped is started first",
  method: "post",
  path: "/environments/{environment}/lift-hold",
  params: z.object({ environment: resourceName }),
  query: null,
  body: z.strictObject({
    reason: z.string().max(reasonCharactersMax).regex(/\S/, "must say what was found and done"),
    outbox: z.enum(["cancel", "send"]).optional(),
  }),
  answer: z.object({ ...summaryShape, notes: names }),
  status: 200,
  slow: true,
};

export interface AppliedResource {
  readonly kind: "Tenant" | "Environment";
  readonly name: string;
  readonly action: "created" | "changed" | "unchanged";
  readonly notes: readonly string[];
}

const documentsCharactersMax = 1024 * 1024;

export const apply: Operation<
  None,
  None,
  { readonly documents: string; readonly dryRun: boolean },
  { readonly dryRun: boolean; readonly resources: readonly AppliedResource[] },
  { readonly documents: string; readonly dryRun?: boolean | undefined }
> = {
  id: "apply",
  tag: "environments",
  summary: "Make tenants and environments what YAML documents say",
  method: "post",
  path: "/apply",
  params: null,
  query: null,
  body: z.strictObject({
    documents: z.string().max(documentsCharactersMax).describe("YAML, one or more documents"),
    dryRun: z.boolean().default(false),
  }),
  answer: z.object({
    dryRun: z.boolean(),
    resources: z.array(
      z.object({
        kind: z.enum(["Tenant", "Environment"]),
        name: z.string(),
        action: z.enum(["created", "changed", "unchanged"]),
        notes: names,
      }),
    ),
  }),
  status: 200,
  slow: true,
};
