import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { DatabaseMark, TenantDatabase } from "../../app/ports/tenant-database.ts";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { DumpTools } from "./dump-tools.ts";
import { openTenantDatabase } from "./tenant-database.ts";

export const live = "acme";
const password = "pw' with \\ and \"";
/** Set before the first test of a file that calls `useCluster`. */
export let cluster: Cluster;
const opened: TenantDatabase[] = [];
const clients: Client[] = [];

/** A cluster for the file, and for each test a live database `acme` with a table `t` of 100 rows. */
export function useCluster(): void {
  beforeAll(async () => {
    cluster = await startCluster();
    // The very role that Odoo uses: owner of its database, CREATEDB, nothing else.
    await cluster.createRole("odoo", { password, createdb: true });
    await cluster.createRole("reporting", { password });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  beforeEach(async () => {
    await cluster.query("postgres", `CREATE DATABASE ${live} OWNER odoo TEMPLATE template0`);
    await cluster.query(live, "CREATE TABLE t AS SELECT generate_series(1, 100) AS n; ALTER TABLE t OWNER TO odoo");
  });

  afterEach(async () => {
    for (const database of opened.splice(0)) await database.release();
    for (const client of clients.splice(0)) await client.end().catch(() => undefined);
    const rows = await cluster.query<{ name: string }>(
      "postgres",
      "SELECT datname AS name FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')",
    );
    for (const { name } of rows) {
      await cluster.query("postgres", `ALTER DATABASE "${name}" IS_TEMPLATE false`);
      await cluster.query("postgres", `DROP DATABASE "${name}" WITH (FORCE)`);
    }
  });
}

function spec(change: { name?: string; database?: Partial<EnvironmentSpec["database"]> } = {}): EnvironmentSpec {
  const database = {
    host: cluster.host,
    port: cluster.port,
    name: live,
    user: "odoo",
    password: { fromEnv: "UNUSED" },
    ...change.database,
  };
  return {
    name: change.name ?? "acme-production",
    labels: {},
    tenant: "acme",
    stage: "production",
    database,
  } as unknown as EnvironmentSpec;
}

export function open(epoch: number, change: Parameters<typeof spec>[0] & { password?: string; dump?: DumpTools } = {}): TenantDatabase {
  const database = openTenantDatabase({
    environment: spec(change),
    deployment: `D-${epoch}`,
    epoch,
    password: async () => change.password ?? password,
    ...(change.dump === undefined ? {} : { dump: change.dump }),
  });
  opened.push(database);
  return database;
}

export async function client(database: string, role = "odoo", application = "odoo-worker"): Promise<Client> {
  const one = new Client({ connectionString: cluster.dsn(database, role), application_name: application });
  one.on("error", () => undefined);
  await one.connect();
  clients.push(one);
  return one;
}

export async function handle(name: string): Promise<{ name: string; oid: number }> {
  const [row] = await cluster.query<{ oid: number }>("postgres", "SELECT oid FROM pg_database WHERE datname = $1", [name]);
  if (row === undefined) throw new Error(`no database ${name}`);
  return { name, oid: row.oid };
}

export function mark(epoch: number, role: DatabaseMark["role"] = "candidate"): DatabaseMark {
  return { environment: "acme-production", deployment: `D-${epoch}`, epoch, role };
}

export async function catalogue(
  name: string,
): Promise<{ allows: boolean; template: boolean; comment: string | null; limit: number; acl: string | null } | undefined> {
  const rows = await cluster.query<{ allows: boolean; template: boolean; comment: string | null; limit: number; acl: string | null }>(
    "postgres",
    `SELECT datallowconn AS allows, datistemplate AS template, datconnlimit AS limit, datacl::text AS acl, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [name],
  );
  return rows[0];
}
