import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TenantDatabase } from "../../app/ports/tenant-database.ts";
import { createProcesses } from "../process/run.ts";
import type { DumpTools } from "./dump-tools.ts";
import { findDumpPrograms } from "./dump-tools.ts";
import { catalogue, client, cluster, handle, live, mark, open, useCluster } from "./test-kit.ts";

useCluster();

const target = `${live}_pl_d1`;
const own = { user: "rehearser", password: { fromEnv: "REHEARSER" } };
let directory: string;
let tools: DumpTools;
const signal = new AbortController().signal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "plimsoll-pipes-"));
  tools = { processes: createProcesses(), folders: [cluster.binDir], directory, readSecret: async () => "rehearser's" };
});
afterEach(() => rm(directory, { recursive: true }));

async function claimed(database: Parameters<typeof open>[1] = {}): Promise<TenantDatabase> {
  const one = open(1, { ...database, dump: tools });
  await one.claim();
  return one;
}

describe("a copy by dump", () => {
  it("has every row, is closed, marked and a template, and took nothing from those who work", async () => {
    const user = await client(live);
    await cluster.query(live, "CREATE SEQUENCE s START 41; SELECT nextval('s'); ALTER SEQUENCE s OWNER TO odoo");
    await cluster.query("postgres", `ALTER DATABASE ${live} SET work_mem TO '7MB'`);
    const database = await claimed();
    const said: string[] = [];
    const copy = await database.copyByDump(live, target, mark(1, "copy"), { signal, progress: (message) => said.push(message) });
    expect(copy).toMatchObject({ name: target, owner: "odoo", allowsConnections: false, isTemplate: true, mark: mark(1, "copy") });
    expect(said).toContain("copying t");
    expect(await catalogue(target)).toMatchObject({ limit: -1, acl: expect.not.stringMatching(/[{,]=/) });
    await database.unfence(copy);
    const rows = await database.read(target, (sql) =>
      sql.query<{ n: number; last: number; mem: string; stats: boolean }>(
        `SELECT (SELECT count(*)::int FROM t) AS n, (SELECT last_value::int FROM s) AS last, current_setting('work_mem') AS mem,
          (SELECT reltuples > 0 FROM pg_class WHERE relname = 't') AS stats`,
      ),
    );
    expect(rows).toEqual([{ n: 100, last: 41, mem: "7MB", stats: true }]);
    expect((await user.query("SELECT count(*)::int AS n FROM t")).rows).toEqual([{ n: 100 }]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("is made anew over one that was left, and can be dropped", async () => {
    const database = await claimed();
    const first = await database.copyByDump(live, target, mark(1, "copy"), { signal });
    const second = await database.copyByDump(live, target, mark(1, "copy"), { signal });
    expect(second.oid).not.toBe(first.oid);
    await database.drop(second);
    expect(await catalogue(target)).toBeUndefined();
  });

  it("leaves a closed, marked copy and no pipe when the restore breaks off, and says what it said", async () => {
    await cluster.query(live, "CREATE TABLE secret (n int)");
    const database = await claimed();
    await expect(database.copyByDump(live, target, mark(1, "copy"), { signal })).rejects.toMatchObject({
      code: "STATE_UNEXPECTED",
      message: expect.stringContaining("permission denied for table secret"),
    });
    expect(await catalogue(target)).toMatchObject({ allows: false, comment: expect.stringContaining('"copy"') });
    expect(await readdir(directory)).toEqual([]);
  });

  it("ends when it is asked to", async () => {
    const database = await claimed();
    const stop = new AbortController();
    const copying = database.copyByDump(live, target, mark(1, "copy"), { signal: stop.signal, progress: () => stop.abort() });
    await expect(copying).rejects.toThrow();
    expect(await catalogue(target)).toMatchObject({ allows: false });
  });

  it("belongs to the role of rehearsals when there is one, and the environment's own can't connect to it", async () => {
    await cluster.createRole("rehearser", { password: "rehearser's", createdb: true });
    const database = await claimed({ database: { rehearsal: own } });
    const copy = await database.copyByDump(live, target, mark(1, "copy"), { signal, owner: own });
    expect(copy.owner).toBe("rehearser");
    expect((await database.databases()).map(({ name }) => name).sort()).toEqual([live, target]);
    await database.unfence(copy);
    await expect(client(target)).rejects.toThrow(/permission denied for database/);
    expect(await database.read(target, (sql) => sql.query("SELECT count(*)::int AS n, current_user::text AS me FROM t"))).toEqual([
      { n: 100, me: "rehearser" },
    ]);
    await database.fence(copy);
    expect(await database.editAlone(copy, (sql) => sql.query("UPDATE t SET n = 0 WHERE n = 1 RETURNING n"))).toEqual([{ n: 0 }]);
    const successor = open(2, { database: { rehearsal: own }, dump: tools });
    await successor.claim();
    await expect(database.fence(copy)).rejects.toMatchObject({ code: "LEASE_LOST" });
    await successor.drop(copy);
    expect(await catalogue(target)).toBeUndefined();
    expect(await handle(live)).toBeDefined();
  });
});

describe("the programs of PostgreSQL", () => {
  it("are refused when none fits the server, saying what to install", async () => {
    await expect(findDumpPrograms({ ...tools, folders: [] }, 99, signal)).rejects.toMatchObject({
      message: expect.stringMatching(/PostgreSQL 99 database can't be made/),
      text: { fix: expect.stringContaining("postgresql-client-99") },
    });
  });
});
