import type { PlanningFacts } from "../../src/app/ports/change-kind.ts";
import { defaultLimits, type EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import type { InstalledModule } from "../../src/domain/fleet/facts.ts";
import type { PreflightFacts } from "../../src/domain/fleet/preflight-facts.ts";
import type { Base, ModuleFacts, Release, ReleaseContent } from "../../src/domain/release/release.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import { sha256 } from "./fakes/fake-evidence-store.ts";

export const sampleEnvironment: EnvironmentSpec = {
  name: "acme-production",
  labels: {},
  tenant: "acme",
  stage: "production",
  database: { host: "127.0.0.1", port: 5432, name: "acme", user: "odoo", password: { fromEnv: "ACME_DATABASE_PASSWORD" } },
  dataDirectory: "/srv/odoo/acme",
  runtime: {
    kind: "process",
    host: "h1",
    odoo: { python: "/usr/bin/python3", server: "/opt/odoo/odoo-bin", addonsPaths: ["/opt/odoo/odoo/addons"], options: {} },
    workers: 2,
    cronThreads: 1,
  },
  gateway: { listenHost: "127.0.0.1", listenPort: 8069, hostnames: ["acme.example.com"] },
  limits: defaultLimits,
};

export const sampleBase: Base = {
  digest: sha256("base"),
  series: "19.0",
  odooVersion: "19.0",
  pythonVersion: "3.11.2",
  modules: [moduleFacts("base", "19.0.1.3", "base", []), moduleFacts("project", "19.0.1.3", "project")],
  loadTimeModels: [],
};

export const oldRelease: Release = releaseOf("2026-01", [moduleFacts("acme_project", "19.0.1.0.0", "old")]);
export const newRelease: Release = releaseOf("2026-02", [moduleFacts("acme_project", "19.0.1.1.0", "new")]);

export function releaseOf(name: string, modules: readonly ModuleFacts[], series = "19.0"): Release {
  const content: ReleaseContent = { formatVersion: 1, series, addonsPaths: 1, modules, files: [] };
  return {
    name,
    digest: sha256(JSON.stringify(content)),
    content,
    metadata: { sources: ["addons"] },
    createdAt: "2026-01-10T08:00:00.000Z",
    createdBy: "release-manager",
  };
}

export function moduleFacts(name: string, version: string, bytes: string, depends: readonly string[] = ["base"]): ModuleFacts {
  return {
    name,
    version,
    depends,
    addonsIndex: 0,
    digest: sha256(`${name} ${bytes}`),
    installable: true,
    autoInstall: false,
    externalDependencies: { python: [], bin: [] },
    migrationScripts: [],
    dataFiles: ["views/views.xml"],
    hooks: [],
    sizeBytes: 1_000,
    fileCount: 3,
  };
}

export const sampleCluster: PreflightFacts = {
  database: "acme",
  databaseSizeBytes: 8_000_004,
  walBytes: null,
  role: {
    role: "odoo",
    superuser: false,
    createdb: true,
    ownsDatabase: true,
    signalBackend: false,
    settingsOutOfReach: [],
    rolesOutOfReach: [],
  },
  pendingModules: [],
  partiallyUpdated: false,
  transactions: [],
  preparedTransactions: [],
  logicalSlots: [],
  subscriptions: [],
  dumps: [],
  collation: { recorded: null, actual: null },
  replication: { inRecovery: false, replicas: [] },
  sessions: [],
};

export function samplePlanningFacts(change: Partial<PlanningFacts> = {}): PlanningFacts {
  const installed = (name: string, version: string): InstalledModule => ({ name, version, state: "installed", imported: false });
  return {
    environment: {
      spec: sampleEnvironment,
      release: oldRelease.digest,
      generation: "g1",
      baseDigest: sampleBase.digest,
      lag: [],
      held: null,
      epoch: 0,
      createdAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
    },
    tenant: {
      databaseName: "acme",
      databaseOid: 16_384,
      databaseSizeBytes: 8_000_004,
      owner: "odoo",
      serverVersion: "15.5",
      series: "19.0",
      modules: [installed("base", "19.0.1.3"), installed("project", "19.0.1.3"), installed("acme_project", "19.0.1.0.0")],
      partiallyUpdated: false,
      rows: { project_task: 40 },
      rowsTotal: 40,
      schemaFingerprint: sha256("schema"),
      customisationFingerprint: sha256("customisations"),
      customisations: { manualModels: [], manualFields: [], editedViews: [], ownViews: [], serverActions: 0, automations: 0 },
      activeUsers: 3,
      measuredAt: "2026-01-15T02:00:00.000Z",
    },
    cluster: sampleCluster,
    from: oldRelease,
    to: newRelease,
    base: sampleBase,
    filestore: { files: 3, bytes: 3_000, diskFreeBytes: 50_000_000_000 },
    links: { possible: true, why: null },
    isolation: { isolated: true, sentence: "Release code runs as a user of its own." },
    codeProof: null,
    prediction: { made: false, why: "The sample releases have no files." },
    smoke: [],
    rehearsal: null,
    serving: { generation: "g1", release: oldRelease.digest },
    history: null,
    ...change,
  };
}

export const digestOfText: (text: string) => Digest = sha256;
