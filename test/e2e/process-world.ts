import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defaultLimits } from "../../src/domain/fleet/environment.ts";
import type { EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import type { OdooRuntime } from "../../src/app/ports/odoo-runtime.ts";
import type { RuntimeWorld } from "../../src/app/ports/runtime-kind.ts";
import type { Supervisor } from "../../src/app/ports/supervisor.ts";
import { processRuntime } from "../../src/extensions/runtimes/process/process-runtime.ts";
import { createProcesses } from "../../src/systems/process/run.ts";
import { listProcesses, readEnviron, readProcess } from "../../src/systems/process/identity.ts";
import { endStrays, findStrays } from "../../src/systems/process/strays.ts";
import { SupervisorServer } from "../../src/systems/supervisor/supervisor.ts";
import { startCluster } from "../parts/cluster.ts";
import type { Cluster } from "../parts/cluster.ts";
import { freePort } from "../parts/free-port.ts";
import { readParts } from "../parts/parts.ts";
import { makeScratch } from "../parts/scratch.ts";
import { restoreTenant } from "../parts/template.ts";
import type { TemplateName } from "../parts/template.ts";

export interface ProcessWorld {
  readonly cluster: Cluster;
  readonly environment: EnvironmentSpec;
  readonly runtime: OdooRuntime;
  readonly supervisor: Supervisor;
  readonly stateDirectory: string;
  readonly addons: string;
  readonly release: Digest;
  readonly strays: () => number;
  close(): Promise<void>;
}

export const fixtureRelease: Digest = `sha256:${"ab".repeat(32)}`;
const password = "s3cret with space; and = 100%";

/** A tenant with a real Odoo, a real PostgreSQL and the real process runtime, all of one's own. */
export async function makeProcessWorld(
  options: {
    readonly template?: TemplateName;
    readonly workers?: number;
    readonly cronThreads?: number;
    readonly backgroundStopMsMax?: number;
    /** Saves starting one; it stays when the world is closed. */
    readonly cluster?: Cluster;
  } = {},
): Promise<ProcessWorld> {
  const { odoo } = readParts();
  const cluster = options.cluster ?? (await startCluster());
  const scratch = makeScratch("runtime");
  const dataDirectory = join(scratch.directory, "data");
  const stateDirectory = join(scratch.directory, "state");
  const addons = join(scratch.directory, "addons");
  mkdirSync(dataDirectory);
  writeFixture(addons);
  const [role] = await cluster.query("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'odoo'");
  if (role === undefined) await cluster.createRole("odoo", { password, createdb: true });
  await restoreTenant(cluster, { template: options.template ?? "small", database: "tenant", owner: "odoo", dataDir: dataDirectory });
  const environment: EnvironmentSpec = {
    name: `test-${process.pid}`,
    labels: {},
    tenant: "test",
    stage: "development",
    database: { host: cluster.host, port: cluster.port, name: "tenant", user: "odoo", password: { fromEnv: "UNUSED" } },
    dataDirectory,
    runtime: {
      kind: "process",
      host: "here",
      odoo: {
        python: odoo.python,
        server: odoo.server,
        pythonPath: odoo.pythonPath,
        addonsPaths: [odoo.addonsPath],
        pycachePrefix: odoo.pycachePrefix,
        options: { limit_time_real: "60" },
      },
      workers: options.workers ?? 1,
      cronThreads: options.cronThreads ?? 1,
    },
    gateway: { listenHost: "127.0.0.1", listenPort: await freePort(), hostnames: [] },
    limits: { ...defaultLimits, backgroundStopMsMax: options.backgroundStopMsMax ?? defaultLimits.backgroundStopMsMax },
  };
  const supervisor = await supervisorInProcess();
  const world: RuntimeWorld = {
    supervisor,
    releases: {
      materialise: async () => [addons],
      add: refused,
      content: refused,
      verify: refused,
      readTexts: refused,
      base: refused,
      baseFolders: refused,
    },
    clock: {
      now: () => new Date().toISOString(),
      monotonicMs: () => performance.now(),
      sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    },
    stateDirectory,
    readSecret: async () => password,
    processes: createProcesses(),
    endStrays: (name, epochBelow) => endStrays({ environment: name, epochBelow }),
    otherUserIds: async () => [],
  };
  const runtime = processRuntime.open(environment, world);
  return {
    cluster,
    environment,
    runtime,
    supervisor,
    stateDirectory,
    addons,
    release: fixtureRelease,
    strays: () => findStrays({ environment: environment.name, epochBelow: Number.MAX_SAFE_INTEGER }).length,
    async close() {
      for (const unit of await supervisor.list(""))
        await supervisor.stop(unit.unit.id, Number.MAX_SAFE_INTEGER, { graceMs: 3_000, kill: true });
      await supervisor.close();
      if (options.cluster === undefined) await cluster.stop();
      else await cluster.query("postgres", "DROP DATABASE tenant WITH (FORCE)");
      await scratch.remove();
    },
  };
}

function refused(): Promise<never> {
  return Promise.reject(new Error("the test's library only materialises"));
}

function writeFixture(addons: string): void {
  const module = join(addons, "acme_fixture");
  mkdirSync(join(module, "models"), { recursive: true });
  writeFileSync(
    join(module, "__manifest__.py"),
    `{"name": "Fixture", "version": "19.0.1.0.0", "depends": ["base"], "license": "LGPL-3"}\n`,
  );
  writeFileSync(join(module, "__init__.py"), "");
}

/** The real supervisor, with its memory in this process. */
async function supervisorInProcess(): Promise<SupervisorServer> {
  let kept: string | null = null;
  const store = {
    read: async () => kept,
    write: async (text: string) => {
      kept = text;
    },
  };
  const silent = (): void => undefined;
  const supervisor = new SupervisorServer(
    store,
    { read: readProcess, environ: readEnviron, pids: listProcesses },
    { info: silent, warn: silent, error: silent },
  );
  await supervisor.start();
  return supervisor;
}
