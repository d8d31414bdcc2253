import { Client, types } from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readBackgroundLag, readLockWaits, type LockWait } from "./serving-reads.ts";

let cluster: Cluster;
const clients: Client[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createRole("odoo", { password: "pw", createdb: true });
  await cluster.query("postgres", "CREATE DATABASE acme OWNER odoo TEMPLATE template0");
  await cluster.query("acme", "CREATE TABLE ir_cron (id serial PRIMARY KEY, active boolean, nextcall timestamp)");
  await cluster.query("acme", "CREATE TABLE sale_order (id int PRIMARY KEY); INSERT INTO sale_order VALUES (1)");
  await cluster.query(
    "acme",
    `INSERT INTO ir_cron (active, nextcall) SELECT active, now() AT TIME ZONE 'UTC' + late FROM (VALUES (true, interval '-1 hour'), (true, '-1 minute'), (true, '1 hour'), (false, '-1 day')) v (active, late)`,
  );
  await cluster.query("acme", "GRANT ALL ON ALL TABLES IN SCHEMA public TO odoo");
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => undefined);
});
afterAll(async () => {
  await cluster.stop();
});

async function session(application: string): Promise<Client> {
  const client = new Client({
    connectionString: cluster.dsn("acme", "odoo"),
    application_name: application,
    types: { getTypeParser: (oid: number) => (oid === 20 ? Number : types.getTypeParser(oid, "text")) } as never,
  });
  client.on("error", () => undefined);
  clients.push(client);
  await client.connect();
  return client;
}

async function reader(): Promise<SqlReader> {
  const client = await session("plimsoll/test");
  return { query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows };
}

/** Asks until as many wait as should. */
async function waits(sql: SqlReader, count: number): Promise<LockWait[]> {
  for (;;) {
    const seen = await readLockWaits(sql);
    if (seen.length === count) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it("shows who waits for a lock, since when, and on what", async () => {
  const sql = await reader();
  expect(await readLockWaits(sql)).toEqual([]);
  const holder = await session("odoo-a");
  await holder.query("BEGIN; LOCK TABLE sale_order IN ACCESS EXCLUSIVE MODE");
  const waiter = await session("odoo-b");
  const own = await session("plimsoll/other");
  const blocked = [waiter.query("SELECT * FROM sale_order"), own.query("SELECT * FROM sale_order")];
  const [first] = await waits(sql, 1);
  expect(first).toMatchObject({ application: "odoo-b", what: "sale_order", waitedMs: expect.any(Number) as number });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [later] = await waits(sql, 1);
  expect(later?.waitedMs).toBeGreaterThan((first?.waitedMs ?? 0) + 250);
  await holder.query("COMMIT");
  await Promise.all(blocked);
  // A row that another transaction has changed is waited for as well.
  await holder.query("BEGIN; UPDATE sale_order SET id = id");
  const writing = waiter.query("UPDATE sale_order SET id = id");
  expect(await waits(sql, 1)).toMatchObject([{ application: "odoo-b", what: "transactionid" }]);
  await holder.query("COMMIT");
  await writing;
});

it("counts what is due and hasn't begun; without queue_job there are no jobs to speak of", async () => {
  const sql = await reader();
  const lag = await readBackgroundLag(sql);
  expect(lag).toMatchObject({ cronsDue: 2, jobsWaiting: null });
  expect(lag.oldestDueMs).toBeGreaterThanOrEqual(3_600_000);
  await cluster.query("acme", "CREATE TABLE queue_job (id serial, state text); GRANT ALL ON queue_job TO odoo");
  await cluster.query("acme", "INSERT INTO queue_job (state) VALUES ('pending'), ('enqueued'), ('done')");
  expect((await readBackgroundLag(sql)).jobsWaiting).toBe(2);
  await cluster.query("acme", "UPDATE ir_cron SET active = false");
  expect(await readBackgroundLag(sql)).toMatchObject({ cronsDue: 0, oldestDueMs: null });
});
