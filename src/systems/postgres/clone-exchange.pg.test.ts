import { describe, expect, it } from "vitest";
import type { TenantDatabase } from "../../app/ports/tenant-database.ts";
import { parseComment } from "./mark.ts";
import { catalogue, client, cluster, handle, live, mark, open, useCluster } from "./test-kit.ts";

useCluster();

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
