import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import { openTenantDatabase } from "./tenant-database.ts";

let cluster: Cluster;
beforeAll(async () => {
  // What a crash leaves is only true to life with fsync.
  cluster = await startCluster({ fsync: true });
  await cluster.createRole("odoo", { password: "odoo", createdb: true });
});
afterAll(() => cluster.stop());

const make = `CREATE TABLE t (id serial PRIMARY KEY, n int); INSERT INTO t (n) VALUES (1), (2), (3);
  CREATE SEQUENCE unused START 7; CREATE SEQUENCE prepared; SELECT setval('prepared', 100, false);
  CREATE SEQUENCE foreign_one; SELECT nextval('foreign_one')`;

/** Clones, uses the clone's sequence, and lets the server die before it checkpoints. @returns the next value that the clone gives */
async function nextAfterCrash(live: string, secure: boolean): Promise<{ id: number; used: number; unused: number; prepared: number }> {
  await cluster.query("postgres", `CREATE DATABASE ${live} OWNER odoo TEMPLATE template0`);
  await cluster.query(live, `SET ROLE odoo; ${make}; RESET ROLE; ALTER SEQUENCE foreign_one OWNER TO ${cluster.adminUser}`);
  const environment = {
    name: live,
    database: { host: cluster.host, port: cluster.port, name: live, user: "odoo" },
  } as unknown as EnvironmentSpec;
  const tenant = openTenantDatabase({ environment, deployment: "D-1", epoch: 1, password: async () => "odoo" });
  await tenant.claim();
  const source = (await tenant.databases()).find((one) => one.name === live) ?? { name: live, oid: 0 };
  await tenant.fence(source);
  const made = await tenant.clone(source, `${live}_pl_d1`, { environment: live, deployment: "D-1", epoch: 1, role: "candidate" });
  await tenant.unfence(made);
  // The table's and the two others that were used and are the role's own.
  if (secure) expect(await tenant.logSequences(made.name)).toBe(1);
  await cluster.query(made.name, "INSERT INTO t (n) VALUES (4), (5)");
  await tenant.release();
  await cluster.kill();
  await cluster.restart();
  const [next] = await cluster.query<{ id: number; used: number; unused: number; prepared: number }>(
    made.name,
    "SELECT nextval('t_id_seq')::int AS id, (SELECT max(id) FROM t) AS used, nextval('unused')::int AS unused, nextval('prepared')::int AS prepared",
  );
  if (next === undefined) throw new Error("no row");
  return next;
}

describe("sequences of a clone", () => {
  it("never give a used value out again after a crash", async () => {
    const next = await nextAfterCrash("acme", true);
    expect(next.used).toBe(5);
    expect(next.id).toBeGreaterThan(next.used);
    expect(next).toMatchObject({ unused: 7, prepared: 100 });
  });

  it("would, as PostgreSQL leaves them", async () => {
    const next = await nextAfterCrash("plain", false);
    expect(next.id).toBeLessThanOrEqual(next.used);
  });
});
