import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { updateLockKey } from "../../src/systems/postgres/lock-key.ts";
import { openTenantDatabase } from "../../src/systems/postgres/tenant-database.ts";
import { createProcesses } from "../../src/systems/process/run.ts";
import { makeScratch } from "../parts/scratch.ts";
import { startCluster, type Cluster } from "../parts/cluster.ts";
import { sampleEnvironment } from "./sample-facts.ts";
import { tenantDatabaseConforms } from "./tenant-database-suite.ts";

const role = "odoo_acme";
const password = "not a secret";
let cluster: Cluster;
let serial = 0;
const pipes = makeScratch("pipes");

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createRole(role, { password, createdb: true });
});
afterAll(async () => {
  await cluster.stop();
  await pipes.remove();
});

tenantDatabaseConforms("a real PostgreSQL", async () => {
  serial += 1;
  const live = `acme_${serial}`;
  const environment = {
    ...sampleEnvironment,
    name: `acme-${serial}`,
    database: { ...sampleEnvironment.database, port: cluster.port, name: live, user: role },
  };
  await cluster.query("postgres", `CREATE DATABASE ${live} OWNER ${role}`);
  await cluster.query(live, `CREATE TABLE note (text text); ALTER TABLE note OWNER TO ${role}`);
  const dump = { processes: createProcesses(), folders: [cluster.binDir], directory: pipes.directory, readSecret: async () => password };
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: cluster.dsn(database, role), application_name: "odoo-web" });
    // The server ends it while it idles; without a listener that would end the test run.
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const connections: pg.Client[] = [];
  const strangers: string[] = [];
  return {
    environment: environment.name,
    live,
    open: (deployment, epoch) => openTenantDatabase({ environment, deployment, epoch, password: async () => password, dump }),
    async connect(database) {
      const client = await connect(database);
      connections.push(client);
      return { close: () => client.end() };
    },
    async createForeign(name) {
      strangers.push(name);
      await cluster.query("postgres", `CREATE DATABASE ${name} OWNER ${role}`);
      const [row] = await cluster.query<{ oid: number }>("postgres", "SELECT oid::int FROM pg_database WHERE datname = $1", [name]);
      return { name, oid: row?.oid ?? 0 };
    },
    async takeForeignUpdateLock() {
      const client = await connect(live);
      await client.query("SELECT pg_advisory_lock($1::bigint)", [updateLockKey(live)]);
      return { release: () => client.end() };
    },
    async write(database, text) {
      const client = await connect(database);
      await client.query("DELETE FROM note");
      await client.query("INSERT INTO note VALUES ($1)", [text]);
      await client.end();
    },
    readText: (port, database) =>
      port.read(database, async (sql) => String((await sql.query<{ text: string }>("SELECT text FROM note"))[0]?.text)),
    async close() {
      await Promise.all(connections.map((client) => client.end().catch(() => undefined)));
      for (const name of strangers) await cluster.query("postgres", `DROP DATABASE ${name}`);
    },
  };
});
