import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { updateLockKey } from "./lock-key.ts";
import { parseComment } from "./mark.ts";
import { catalogue, client, cluster, handle, live, mark, open, useCluster } from "./test-kit.ts";

useCluster();

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
