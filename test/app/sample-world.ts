import type { EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import type { Release } from "../../src/domain/release/release.ts";
import type { SqlReader } from "../../src/app/ports/tenant-database.ts";
import type { World } from "../../src/app/world.ts";
import { analysisKinds } from "../../src/extensions/analyses/registry.ts";
import { changeKinds } from "../../src/extensions/change-kinds/registry.ts";
import { gates } from "../../src/extensions/gates/registry.ts";
import { steps } from "../../src/extensions/steps/registry.ts";
import { FakeClock } from "../conformance/fakes/fake-clock.ts";
import { FakeCluster } from "../conformance/fakes/fake-cluster.ts";
import { FakeEvidenceStore, sha256 } from "../conformance/fakes/fake-evidence-store.ts";
import { FakeFilestore } from "../conformance/fakes/fake-filestore.ts";
import { FakeGateway } from "../conformance/fakes/fake-gateway.ts";
import { FakeReleaseLibrary } from "../conformance/fakes/fake-release-library.ts";
import { FakeRuntime } from "../conformance/fakes/fake-runtime.ts";
import { FakeSourceTrees } from "../conformance/fakes/fake-source-trees.ts";
import { newRelease, oldRelease, sampleBase } from "../conformance/sample-facts.ts";
import { memoryLedger, type MemoryLedger } from "../simulation/memory-ledger.ts";

/** What the tenant's database answers; a test changes what it is about. */
export interface DatabaseAnswers {
  odoo: boolean;
  baseVersion: string;
  modules: { name: string; state: string; version: string | null; imported: boolean }[];
  owns: boolean;
  createdb: boolean;
  sessions: { application: string; user: string; sessions: number; inTransaction: number }[];
  attachments: boolean;
  schema: string;
  rows: number;
}

/** Nothing in these tests is meant to run out of time: a sleep ends with its signal only. */
class PatientClock extends FakeClock {
  override sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
  }
}

/** A host without an environment, in memory: use cases act on it as they do on a real one. */
export class SampleWorld implements World {
  readonly clock: FakeClock = new PatientClock();
  readonly store: MemoryLedger = memoryLedger(this.clock);
  readonly hash: World["hash"] = sha256;
  readonly host = "h1";
  readonly cluster: FakeCluster = new FakeCluster();
  readonly gateway: FakeGateway = new FakeGateway();
  readonly filestore: FakeFilestore = new FakeFilestore(() => "acme");
  readonly runtime: FakeRuntime = new FakeRuntime(this.cluster, this.filestore);
  readonly releases: FakeReleaseLibrary = new FakeReleaseLibrary(sampleBase);
  readonly evidence: FakeEvidenceStore = new FakeEvidenceStore();
  readonly changeKinds: World["changeKinds"] = changeKinds;
  readonly analysisKinds: World["analysisKinds"] = analysisKinds;
  readonly trees: FakeSourceTrees = new FakeSourceTrees();
  readonly describe: World["describe"] = (type, id, input) =>
    (type === "step" ? steps : gates).find((kind) => kind.id === id)?.describe(input) ?? "";
  readonly answers: DatabaseAnswers = {
    odoo: true,
    baseVersion: "19.0.1.3",
    modules: [
      { name: "acme_project", state: "installed", version: "19.0.1.0.0", imported: false },
      { name: "base", state: "installed", version: "19.0.1.3", imported: false },
      { name: "project", state: "installed", version: "19.0.1.3", imported: false },
    ],
    owns: true,
    createdb: true,
    sessions: [],
    attachments: true,
    schema: "table res_partner r",
    rows: 100,
  };
  /** What connecting gives instead of a session. */
  connectError: PlimsollError | null = null;
  /** The role that a declaration names for rehearsals: what logging in gives instead of a session, and may it create databases? */
  readonly rehearser: { error: PlimsollError | null; createdb: boolean } = { error: null, createdb: true };
  secret: string | null = "s3cret";
  portFree = true;

  constructor() {
    this.cluster.create("acme", "everything that users wrote");
    this.filestore.trees.set("acme", new Set(["invoice", "logo"]));
    for (const release of [oldRelease, newRelease]) this.releases.kept.set(release.digest, release.content);
  }

  async readSecret(): Promise<string> {
    if (this.secret === null) throw new PlimsollError("SECRET_UNREADABLE", "The environment variable ACME isn't set.");
    return this.secret;
  }

  openRuntime(): Promise<FakeRuntime> {
    return Promise.resolve(this.runtime);
  }

  openFilestore(): FakeFilestore {
    return this.filestore;
  }

  async highestEpoch(environment: string): Promise<number> {
    return (await this.gateway.status(environment))?.route.epoch ?? 0;
  }

  isPortFree(): Promise<boolean> {
    return Promise.resolve(this.portFree);
  }

  async readDatabase<T>(spec: EnvironmentSpec, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    if (this.connectError !== null) throw this.connectError;
    if (spec.database.user === "rehearser") return this.#readAsRehearser(spec, work);
    return work({ query: async <R extends Record<string, unknown>>(sql: string) => this.#answer(spec, sql) as R[] });
  }

  /** It sees nothing of the tenant's: only the cluster's own database, from which copies are made. */
  async #readAsRehearser<T>(spec: EnvironmentSpec, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    const { error, createdb } = this.rehearser;
    if (error !== null) throw error;
    if (spec.database.name !== "postgres") throw new PlimsollError("DATABASE_RIGHTS_MISSING", `may not read ${spec.database.name}`);
    return work({
      query: async <R extends Record<string, unknown>>(sql: string) => (/rolcreatedb/.test(sql) ? [{ createdb }] : []) as unknown as R[],
    });
  }

  /** Columns that every table is said to have. */
  columns: string[] = [];
  /** Statements that were sent to the live database to change it. */
  readonly written: { readonly sql: string; readonly parameters: readonly unknown[] }[] = [];

  async writeDatabase<T>(spec: EnvironmentSpec, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    if (this.connectError !== null) throw this.connectError;
    return work({
      query: async <R extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) => {
        if (!sql.startsWith("SELECT")) this.written.push({ sql, parameters });
        return this.#answer(spec, sql) as R[];
      },
    });
  }

  async addReleases(...releases: readonly Release[]): Promise<void> {
    await this.store.transaction(async (tx) => {
      for (const release of releases) await tx.putRelease(release);
    });
  }

  #answer(spec: EnvironmentSpec, sql: string): Record<string, unknown>[] {
    const { answers } = this;
    const known: readonly (readonly [RegExp, Record<string, unknown>[]])[] = [
      [/AS "nameIsJson"/, []],
      [/attrelid = to_regclass/, this.columns.map((name) => ({ name }))],
      [/datcollversion/, [{ name: spec.database.name, size: 1_000_000, recorded: null, actual: null }]],
      [/pg_database_size/, [{ name: spec.database.name, oid: 16_384, size: 1_000_000, owner: "odoo", server: "15.1" }]],
      [/to_regclass\('ir_module_module'\) IS NOT NULL/, [{ there: answers.odoo }]],
      [
        /latest_version AS version/,
        answers.modules.map((module) => (module.name === "base" ? { ...module, version: answers.baseVersion } : module)),
      ],
      [/string_agg\(line/, [{ text: answers.schema }]],
      [/reltuples/, [{ name: "res_partner", rows: answers.rows }]],
      [/rolcreatedb/, [{ role: "odoo", superuser: false, createdb: answers.createdb, ownsDatabase: answers.owns, signalBackend: false }]],
      [/GROUP BY 1, 2/, answers.sessions],
      [/from ir_attachment/, [{ some: answers.attachments }]],
      [/AS users/, [{ users: 3 }]],
      [/has_function_privilege|has_column_privilege/, [{ may: false }]],
      [/current_setting\('server_version_num'\)/, [{ known: true }]],
    ];
    return known.find(([pattern]) => pattern.test(sql))?.[1] ?? [];
  }
}

/** A declaration of a tenant and an environment that the sample world can serve. */
export const sampleYaml = `apiVersion: plimsoll.dev/v1alpha1
kind: Tenant
metadata:
  name: acme
---
apiVersion: plimsoll.dev/v1alpha1
kind: Environment
metadata:
  name: acme-production
  labels: { region: north }
spec:
  tenant: acme
  stage: production
  database:
    host: 127.0.0.1
    port: 5432
    name: acme
    user: odoo
    password: { fromEnv: ACME }
  dataDirectory: /srv/odoo/acme
  runtime:
    kind: process
    host: h1
    workers: 2
    cronThreads: 1
    odoo:
      python: /usr/bin/python3
      server: /opt/odoo/odoo-bin
      addonsPaths: [/opt/odoo/odoo/addons]
  gateway:
    listen: 127.0.0.1:8069
  release: "2026-01"
  limits: { hold: 90s, keepOriginal: 2d, heldBytes: 64MiB }
`;
