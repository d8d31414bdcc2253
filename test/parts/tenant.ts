import { randomBytes } from "node:crypto";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCluster, type Cluster } from "./cluster.ts";
import { freePort } from "./free-port.ts";
import { readParts } from "./parts.ts";
import { makeScratch } from "./scratch.ts";
import { restoreTenant, type TemplateName } from "./template.ts";

/** A tenant of one's own on a cluster of one's own, with the declaration that makes it an environment. */
export interface SampleTenant {
  readonly cluster: Cluster;
  readonly directory: string;
  readonly database: string;
  readonly dataDirectory: string;
  readonly passwordFile: string;
  readonly gatewayPort: number;
  readonly gatewayUrl: string;
  readonly environment: string;
  /** The declaration as a file; `edit` changes its text first. */
  declaration(edit?: (yaml: string) => string): string;
  dispose(): Promise<void>;
}

export interface SampleTenantOptions {
  readonly template: TemplateName;
  readonly environment: string;
  readonly database: string;
  readonly release: string;
  readonly fsync: boolean;
  readonly workers: number;
  /** Lines under `limits:`, such as `hold: 110s`. */
  readonly limits?: Readonly<Record<string, string>>;
}

const role = "odoo";

/** Where release code runs as another user than ours, this is who it is: the owner of the data directory. */
const runtimeUserId = 64_321;

export async function startSampleTenant(options: SampleTenantOptions): Promise<SampleTenant> {
  const parts = readParts();
  const cluster = await startCluster({ fsync: options.fsync });
  const scratch = makeScratch("tenant");
  const password = randomBytes(12).toString("hex");
  await cluster.createRole(role, { password, createdb: true });
  const dataDirectory = join(scratch.directory, "data");
  mkdirSync(dataDirectory, { mode: 0o755 });
  if (process.getuid?.() === 0) chownSync(dataDirectory, runtimeUserId, runtimeUserId);
  await restoreTenant(cluster, { template: options.template, database: options.database, owner: role, dataDir: dataDirectory });
  const passwordFile = join(scratch.directory, "password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const gatewayPort = await freePort();
  const yaml = `apiVersion: plimsoll.dev/v1alpha1
kind: Tenant
metadata:
  name: harbour
spec:
  title: Harbour Surveyors
---
apiVersion: plimsoll.dev/v1alpha1
kind: Environment
metadata:
  name: ${options.environment}
spec:
  tenant: harbour
  stage: production
  database:
    host: ${cluster.host}
    port: ${cluster.port}
    name: ${options.database}
    user: ${role}
    password:
      fromFile: ${passwordFile}
  dataDirectory: ${dataDirectory}
  runtime:
    kind: process
    host: local
    workers: ${options.workers}
    cronThreads: 1
    odoo:
      python: ${parts.odoo.python}
      server: ${parts.odoo.server}
      pythonPath: ${parts.odoo.pythonPath}
      addonsPaths: [${parts.odoo.addonsPath}]
      pycachePrefix: ${parts.odoo.pycachePrefix}
  gateway:
    listen: 127.0.0.1:${gatewayPort}
  release: ${options.release}
  limits: {${Object.entries(options.limits ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ")}}
`;
  const declared = { count: 0 };
  return {
    cluster,
    directory: scratch.directory,
    database: options.database,
    dataDirectory,
    passwordFile,
    gatewayPort,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
    environment: options.environment,
    declaration(edit = (text) => text) {
      const file = join(scratch.directory, `environment-${declared.count++}.yaml`);
      writeFileSync(file, edit(yaml));
      return file;
    },
    async dispose() {
      await cluster.stop();
      await scratch.remove();
    },
  };
}
