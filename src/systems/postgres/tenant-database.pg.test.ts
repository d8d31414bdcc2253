import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { DatabaseMark, TenantDatabase } from "../../app/ports/tenant-database.ts";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import { updateLockKey } from "./lock-key.ts";
import { parseComment } from "./mark.ts";
import { openTenantDatabase } from "./tenant-database.ts";

const live = "acme";
const password = "pw' with \\ and \"";
let cluster: Cluster;
const opened: TenantDatabase[] = [];
const clients: Client[] = [];

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

function open(epoch: number, change: Parameters<typeof spec>[0] & { password?: string } = {}): TenantDatabase {
  const database = openTenantDatabase({
    environment: spec(change),
    deployment: `D-${epoch}`,
    epoch,
    password: async () => change.password ?? password,
  });
  opened.push(database);
  return database;
}

async function client(database: string, role = "odoo", application = "odoo-worker"): Promise<Client> {
  const one = new Client({ connectionString: cluster.dsn(database, role), application_name: application });
  one.on("error", () => undefined);
  await one.connect();
  clients.push(one);
  return one;
}

async function handle(name: string): Promise<{ name: string; oid: number }> {
  const [row] = await cluster.query<{ oid: number }>("postgres", "SELECT oid FROM pg_database WHERE datname = $1", [name]);
  if (row === undefined) throw new Error(`no database ${name}`);
  return { name, oid: row.oid };
}

function mark(epoch: number, role: DatabaseMark["role"] = "candidate"): DatabaseMark {
  return { environment: "acme-production", deployment: `D-${epoch}`, epoch, role };
}

async function catalogue(
  name: string,
): Promise<{ allows: boolean; template: boolean; comment: string | null; limit: number; acl: string | null } | undefined> {
  const rows = await cluster.query<{ allows: boolean; template: boolean; comment: string | null; limit: number; acl: string | null }>(
    "postgres",
    `SELECT datallowconn AS allows, datistemplate AS template, datconnlimit AS limit, datacl::text AS acl, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [name],
  );
  return rows[0];
}

describe("connecting", () => {
  it("names host and port when nobody listens", async () => {
    const database = open(1, { database: { port: 1 } });
    await expect(database.claim()).rejects.toMatchObject({ code: "DATABASE_UNREACHABLE", message: expect.stringContaining("127.0.0.1:1") });
  });

  it("tells a wrong password, a missing database and a missing password apart, without any secret", async () => {
    await expect(open(1, { password: "hunter2-secret" }).claim()).rejects.toMatchObject({
      code: "DATABASE_PASSWORD_WRONG",
      message: expect.not.stringContaining("hunter2"),
    });
    await expect(open(1, { password: "" }).claim()).rejects.toMatchObject({ code: "DATABASE_PASSWORD_WRONG" });
    await expect(open(1, { database: { name: "nowhere" } }).claim()).rejects.toMatchObject({ code: "DATABASE_MISSING" });
    await expect(open(1).read("nowhere", async () => 1)).rejects.toMatchObject({ code: "DATABASE_MISSING" });
  });

  it("names the right that the role lacks", async () => {
    const foreign = open(1, { database: { user: "reporting" } });
    await expect(foreign.claim()).rejects.toMatchObject({ code: "DATABASE_RIGHTS_MISSING", message: expect.stringContaining("ownership") });
    await cluster.query("postgres", "ALTER ROLE odoo NOCREATEDB");
    await expect(open(1).claim()).rejects.toMatchObject({ code: "DATABASE_RIGHTS_MISSING", message: expect.stringContaining("CREATEDB") });
    await cluster.query("postgres", "ALTER ROLE odoo CREATEDB");
  });
});

describe("claim", () => {
  it("ends the older holder, whose every change then fails", async () => {
    const older = open(1);
    await older.claim();
    await open(2).claim();
    await sleep(50);
    const target = await handle(live);
    for (const change of [
      older.fence(target),
      older.unfence(target),
      older.clone(target, "acme_x", mark(1)),
      older.drop(target),
      older.setMark(target, mark(1, "live")),
      older.exchange({
        live,
        goes: { oid: target.oid, to: "gone", mark: mark(1, "original") },
        comes: { oid: 1, mark: mark(1, "live") },
        open: true,
      }),
    ]) {
      await expect(change).rejects.toMatchObject({ code: "LEASE_LOST" });
    }
    expect(await catalogue(live)).toMatchObject({ allows: true });
  });

  it("refuses a late worker while the newer one holds the lock, and after it is gone", async () => {
    const newer = open(5);
    await newer.claim();
    await expect(open(4).claim()).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
    await newer.release();
    await expect(open(4).claim()).rejects.toMatchObject({ code: "EPOCH_SUPERSEDED" });
    await open(6).claim();
  });

  it("excludes another declaration of the same database", async () => {
    await open(1).claim();
    await expect(open(2, { name: "somebody-else" }).claim()).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
  });

  it("doesn't end a stranger that holds the lock", async () => {
    const { environmentLockKey } = await import("./lock-key.ts");
    const stranger = await client("postgres", "odoo", "psql");
    await stranger.query("SELECT pg_advisory_lock($1::bigint)", [environmentLockKey(live)]);
    await expect(open(1).claim()).rejects.toMatchObject({ code: "DATABASE_BUSY", message: expect.stringContaining("psql") });
    await stranger.query("SELECT 1");
  });

  it("lets exactly one of many workers go on, the one with the highest epoch", async () => {
    const workers = [1, 2, 3, 4, 5].map((epoch) => open(epoch));
    await Promise.allSettled(workers.map((worker) => worker.claim()));
    await sleep(50);
    const target = await handle(live);
    const results = await Promise.allSettled(workers.map((worker) => worker.setMark(target, mark(5, "live"))));
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected", "rejected", "rejected", "fulfilled"]);
  });

  it("is idempotent, and keeps the owner's comment and what made the live database", async () => {
    await cluster.query("postgres", `COMMENT ON DATABASE ${live} IS 'our ERP'`);
    const database = open(1);
    await database.claim();
    await database.claim();
    const comment = parseComment((await catalogue(live))?.comment ?? null);
    expect(comment).toEqual({ mark: { environment: "acme-production", deployment: "adopted", epoch: 1, role: "live" }, note: "our ERP" });
  });

  it("closes candidates of earlier epochs and leaves them there", async () => {
    const first = open(1);
    await first.claim();
    const target = await handle(live);
    await first.fence(target);
    const candidate = await first.clone(target, "acme_pl_d1", mark(1));
    await first.unfence(candidate);
    await first.unfence(target);
    const stray = await client("acme_pl_d1");
    await open(2).claim();
    await expect(stray.query("SELECT 1")).rejects.toThrow();
    expect(await catalogue("acme_pl_d1")).toMatchObject({ allows: false });
    expect(await catalogue(live)).toMatchObject({ allows: true });
  });
});

describe("fence", () => {
  it("closes for everybody, superusers too, and ends every session", async () => {
    const database = open(1);
    await database.claim();
    await client(live);
    await client(live);
    expect(await database.takeUpdateLock()).toBe(true);
    const { ended } = await database.fence(await handle(live));
    expect(ended).toBeGreaterThanOrEqual(2);
    await expect(client(live)).rejects.toMatchObject({ code: "55000" });
    await expect(client(live, cluster.adminUser)).rejects.toMatchObject({ code: "55000" });
    await expect(database.read(live, async () => 1)).rejects.toMatchObject({ code: "DATABASE_BUSY" });
    await database.unfence(await handle(live));
    expect(await database.read(live, (sql) => sql.query("SELECT count(*) AS rows FROM t"))).toEqual([{ rows: 100 }]);
  });

  it("names who survives when the role may not end them, and ends them once it may", async () => {
    const database = open(1);
    await database.claim();
    await client(live, "reporting", "metabase");
    await expect(database.fence(await handle(live))).rejects.toMatchObject({
      code: "DATABASE_RIGHTS_MISSING",
      message: expect.stringMatching(/role "reporting", application "metabase"/),
      text: { fix: expect.stringContaining("pg_signal_backend") },
    });
    await cluster.query("postgres", "GRANT pg_signal_backend TO odoo");
    await expect(database.fence(await handle(live))).resolves.toEqual({ ended: 1 });
    await cluster.query("postgres", "REVOKE pg_signal_backend FROM odoo");
  });

  it("touches no database of somebody else, nor one whose OID is another", async () => {
    await cluster.query("postgres", "CREATE DATABASE other OWNER odoo");
    const database = open(1);
    await database.claim();
    await expect(database.fence(await handle("other"))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await expect(database.fence({ ...(await handle("other")), name: live })).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await expect(database.fence({ name: live, oid: 1 })).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await expect(database.drop(await handle("other"))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await catalogue("other")).toMatchObject({ allows: true, comment: null });
  });
});

describe("clone", () => {
  it("takes settings, grants, connection limit and comment along, closed and as a template", async () => {
    await cluster.query("postgres", `ALTER DATABASE ${live} CONNECTION LIMIT 42`);
    await cluster.query("postgres", `COMMENT ON DATABASE ${live} IS 'it''s \\ our ERP'`);
    await cluster.query("postgres", `ALTER DATABASE ${live} SET search_path TO public, "odd ""schema"""`);
    await cluster.query("postgres", `ALTER DATABASE ${live} SET "plimsoll.note" TO 'a=b ''quoted'''`);
    // The name of no known setting: PostgreSQL lets only those give it who may set it.
    await cluster.query("postgres", `GRANT SET ON PARAMETER "plimsoll.note" TO odoo`);
    await cluster.query("postgres", `ALTER ROLE odoo IN DATABASE ${live} SET work_mem TO '17MB'`);
    await cluster.query("postgres", `REVOKE CONNECT ON DATABASE ${live} FROM PUBLIC`);
    await cluster.query("postgres", `GRANT CONNECT ON DATABASE ${live} TO reporting WITH GRANT OPTION`);
    const database = open(1);
    await database.claim();
    const source = await handle(live);
    await database.fence(source);
    const made = await database.clone(source, "acme_pl_d1", mark(1));
    expect(made).toMatchObject({ name: "acme_pl_d1", owner: "odoo", allowsConnections: false, isTemplate: true, mark: mark(1) });
    expect(made.sizeBytes).toBeGreaterThan(1_000_000);
    const [from, to] = [await catalogue(live), await catalogue("acme_pl_d1")];
    expect(to).toMatchObject({ limit: 42, template: true, allows: false });
    expect(to?.acl?.replace(/[{}]/g, "").split(",").sort()).toEqual(from?.acl?.replace(/[{}]/g, "").split(",").sort());
    expect(parseComment(to?.comment ?? null).note).toBe("it's \\ our ERP");
    const settings =
      "SELECT coalesce(pg_get_userbyid(nullif(setrole, 0))::text, '') AS role, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = $1 ORDER BY 1";
    expect(await cluster.query("postgres", settings, ["acme_pl_d1"])).toEqual(await cluster.query("postgres", settings, [live]));
    await database.unfence(made);
    expect(await database.read("acme_pl_d1", (sql) => sql.query("SELECT count(*) AS rows FROM t"))).toEqual([{ rows: 100 }]);
  });

  it("needs a closed source", async () => {
    const database = open(1);
    await database.claim();
    await expect(database.clone(await handle(live), "acme_pl_d1", mark(1))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await catalogue("acme_pl_d1")).toBeUndefined();
  });

  it("makes a half-made or used clone of its own anew, never somebody else's", async () => {
    const database = open(1);
    await database.claim();
    const source = await handle(live);
    await database.fence(source);
    // Interrupted between CREATE DATABASE and its mark.
    await cluster.query("postgres", "CREATE DATABASE acme_pl_d1 OWNER odoo IS_TEMPLATE true ALLOW_CONNECTIONS false");
    const first = await database.clone(source, "acme_pl_d1", mark(1));
    await database.unfence(first);
    await cluster.query("acme_pl_d1", "DELETE FROM t");
    const second = await database.clone(source, "acme_pl_d1", mark(1));
    expect(second.oid).not.toBe(first.oid);
    await database.unfence(second);
    expect(await database.read("acme_pl_d1", (sql) => sql.query("SELECT count(*) AS rows FROM t"))).toEqual([{ rows: 100 }]);
    await cluster.query("postgres", "CREATE DATABASE theirs OWNER odoo");
    await expect(database.clone(source, "theirs", mark(1))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await catalogue("theirs")).toMatchObject({ allows: true });
  });

  it("never loses a setting that only a superuser may give", async () => {
    await cluster.query("postgres", `ALTER DATABASE ${live} SET log_min_duration_statement TO '1s'`);
    const database = open(1);
    await database.claim();
    const source = await handle(live);
    await database.fence(source);
    await expect(database.clone(source, "acme_pl_d1", mark(1))).rejects.toMatchObject({
      code: "DATABASE_RIGHTS_MISSING",
      message: expect.stringContaining("log_min_duration_statement"),
    });
    // What is left is unmarked, closed and a template: the next attempt clears it.
    await cluster.query("postgres", `ALTER DATABASE ${live} RESET log_min_duration_statement`);
    await expect(database.clone(source, "acme_pl_d1", mark(1))).resolves.toMatchObject({ mark: mark(1) });
  });
});

describe("exchange", () => {
  async function prepared(): Promise<{
    database: TenantDatabase;
    source: { name: string; oid: number };
    candidate: { name: string; oid: number };
  }> {
    const database = open(1);
    await database.claim();
    const source = await handle(live);
    await database.fence(source);
    const candidate = await database.clone(source, "acme_pl_d1", mark(1));
    await database.unfence(candidate);
    return { database, source, candidate };
  }

  function swapOf(source: { oid: number }, candidate: { oid: number }, isOpen = true): Parameters<TenantDatabase["exchange"]>[0] {
    return {
      live,
      goes: { oid: source.oid, to: "acme_pl_d1_was", mark: mark(1, "original") },
      comes: { oid: candidate.oid, mark: mark(1, "live") },
      open: isOpen,
    };
  }

  it("gives the live name to the clone and closes the original, again and again with the same end, and back", async () => {
    const { database, source, candidate } = await prepared();
    // A probe's session that was left behind.
    await client("acme_pl_d1");
    const swap = swapOf(source, candidate);
    await database.exchange(swap);
    await database.exchange(swap);
    expect(await handle(live)).toEqual({ name: live, oid: candidate.oid });
    expect(await catalogue(live)).toMatchObject({ allows: true, template: false });
    expect(await catalogue("acme_pl_d1_was")).toMatchObject({ allows: false, template: false });
    expect((await database.databases()).map((one) => [one.name, one.mark?.role])).toEqual([
      ["acme_pl_d1_was", "original"],
      [live, "live"],
    ]);

    // Back, with a user connected.
    await client(live);
    await database.exchange({
      live,
      goes: { oid: candidate.oid, to: "acme_pl_d1_abandoned", mark: mark(1, "abandoned") },
      comes: { oid: source.oid, mark: mark(1, "live") },
      open: true,
    });
    expect(await handle(live)).toEqual({ name: live, oid: source.oid });
    expect(await catalogue("acme_pl_d1_abandoned")).toMatchObject({ allows: false });
  });

  it("can leave the live name closed", async () => {
    const { database, source, candidate } = await prepared();
    await database.exchange(swapOf(source, candidate, false));
    expect(await catalogue(live)).toMatchObject({ allows: false });
    await database.exchange(swapOf(source, candidate, false));
    await database.unfence({ name: live, oid: candidate.oid });
    expect(await catalogue(live)).toMatchObject({ allows: true });
  });

  it("changes nothing when it can't change all", async () => {
    const { database, source, candidate } = await prepared();
    await cluster.query("postgres", "CREATE DATABASE acme_pl_d1_was");
    await expect(database.exchange(swapOf(source, candidate))).rejects.toThrow(/already exists/);
    expect(await handle(live)).toEqual(source);
    expect(await catalogue(live)).toMatchObject({ allows: false });
    expect(parseComment((await catalogue("acme_pl_d1"))?.comment ?? null).mark).toEqual(mark(1));
  });

  it("refuses unknown OIDs, marks that contradict and another live name", async () => {
    const { database, source, candidate } = await prepared();
    await expect(database.exchange(swapOf({ oid: 1 }, candidate))).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await expect(database.exchange({ ...swapOf(source, candidate), live: "other" })).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    const swap = swapOf(source, candidate);
    await expect(database.exchange({ ...swap, comes: { ...swap.comes, mark: mark(1) } })).rejects.toMatchObject({
      code: "STATE_UNEXPECTED",
    });
    await expect(
      database.exchange({ ...swap, goes: { ...swap.goes, mark: { ...swap.goes.mark, environment: "x" } } }),
    ).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await handle(live)).toEqual(source);
  });

  it("drops what isn't live, once and again, and refuses what is", async () => {
    const { database, source, candidate } = await prepared();
    await expect(database.drop(source)).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await client("acme_pl_d1");
    await database.drop(candidate);
    await database.drop(candidate);
    expect(await catalogue("acme_pl_d1")).toBeUndefined();
    expect(await catalogue(live)).toBeDefined();
  });
});

describe("the lock of click-odoo-update", () => {
  it("excludes both ways", async () => {
    const database = open(1);
    const other = await client(live);
    await other.query("SELECT pg_advisory_lock($1::bigint)", [updateLockKey(live)]);
    expect(await database.takeUpdateLock()).toBe(false);
    await other.query("SELECT pg_advisory_unlock($1::bigint)", [updateLockKey(live)]);
    expect(await database.takeUpdateLock()).toBe(true);
    expect(await database.takeUpdateLock()).toBe(true);
    const tried = await other.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1::bigint) AS taken", [updateLockKey(live)]);
    expect(tried.rows[0]?.taken).toBe(false);
    await database.releaseUpdateLock();
    await sleep(50);
    const again = await other.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1::bigint) AS taken", [updateLockKey(live)]);
    expect(again.rows[0]?.taken).toBe(true);
  });
});

describe("reading", () => {
  it("reads only, gives bigint as number where it is safe, and lists sessions", async () => {
    const database = open(1);
    await client(live, "odoo", "odoo-worker");
    await expect(database.read(live, (sql) => sql.query("INSERT INTO t VALUES (1)"))).rejects.toThrow(/read-only/);
    expect(
      await database.read(live, (sql) => sql.query("SELECT 7::bigint AS a, 9007199254740993::bigint AS b, 1.50::numeric AS c")),
    ).toEqual([{ a: 7, b: "9007199254740993", c: "1.50" }]);
    expect(await database.sessions(live)).toMatchObject([
      { application: "odoo-worker", user: "odoo", state: "idle", transactionAgeMs: null },
    ]);
    expect(await database.clusterVersion()).toBeGreaterThanOrEqual(150_000);
    expect(await database.databases()).toMatchObject([{ name: live, mark: null, allowsConnections: true }]);
  });

  it("gives a session's loss as an error of the statement, not of the process", async () => {
    const database = open(1);
    await database.claim();
    await cluster.query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'plimsoll/%'");
    await sleep(50);
    await expect(database.fence(await handle(live))).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await database.databases()).toHaveLength(1);
    await database.claim();
    // Claimed again at once, before the end of the session was noticed.
    await cluster.query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'plimsoll/%'");
    await database.claim();
    await expect(database.fence(await handle(live))).resolves.toEqual({ ended: 0 });
  });
});
