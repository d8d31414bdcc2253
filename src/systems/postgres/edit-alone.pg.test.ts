import { describe, expect, it } from "vitest";
import { catalogue, client, cluster, handle, live, mark, open, useCluster } from "./test-kit.ts";

useCluster();

async function closedCopy(limit = -1): Promise<{ database: ReturnType<typeof open>; copy: { name: string; oid: number } }> {
  await cluster.query("postgres", `ALTER DATABASE ${live} WITH CONNECTION LIMIT ${limit}`);
  const database = open(1);
  await database.claim();
  await database.fence(await handle(live));
  const copy = await database.clone(await handle(live), `${live}_pl_d1_try`, mark(1, "copy"));
  return { database, copy };
}

describe("editing a copy alone", () => {
  it("writes, keeps what was written, and gives the limit back", async () => {
    const { database, copy } = await closedCopy(7);
    const seen = await database.editAlone(copy, async (sql) => {
      expect(await catalogue(copy.name)).toMatchObject({ allows: false, limit: 1 });
      await sql.query("DELETE FROM t WHERE n > 10; CREATE TABLE made (n int)");
      return sql.query<{ n: number }>("SELECT count(*) AS n FROM t");
    });
    expect(seen).toEqual([{ n: 10 }]);
    expect(await catalogue(copy.name)).toMatchObject({ allows: false, limit: 7 });
    await database.unfence(copy);
    expect(await database.read(copy.name, (sql) => sql.query("SELECT count(*) AS n FROM t"))).toEqual([{ n: 10 }]);
  });

  it("keeps nothing of an edit that failed, and gives the limit back", async () => {
    const { database, copy } = await closedCopy();
    const failing = database.editAlone(copy, async (sql) => {
      await sql.query("DELETE FROM t");
      await sql.query("SELECT no_such_column FROM t");
    });
    await expect(failing).rejects.toThrow(/no_such_column/);
    expect(await catalogue(copy.name)).toMatchObject({ allows: false, limit: -1 });
    await database.unfence(copy);
    expect(await database.read(copy.name, (sql) => sql.query("SELECT count(*) AS n FROM t"))).toEqual([{ n: 100 }]);
  });

  it.each(["odoo", "superuser"])(
    "is alone for its whole work or refuses, with sessions of %s in wait for every new database",
    async (who) => {
      const { database, copy } = await closedCopy();
      const role = who === "odoo" ? who : cluster.adminUser;
      let stop = false;
      const lurkers = Array.from({ length: 8 }, async () => {
        while (!stop) await client(copy.name, role, "lurker").catch(() => undefined);
      });
      const outcomes: unknown[] = [];
      for (let attempt = 0; attempt < (who === "odoo" ? 10 : 2); attempt++) {
        const edit = database.editAlone(copy, async (sql) => {
          const rows = await sql.query<{ n: number }>(
            "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()",
          );
          return rows[0]?.n;
        });
        outcomes.push(await edit.catch((error: { code?: string }) => error.code ?? error));
        expect(await catalogue(copy.name)).toMatchObject({ allows: false, limit: -1 });
      }
      stop = true;
      await Promise.all(lurkers);
      // Sessions of a superuser can't be ended by the role of Odoo: then the refusal names the right that is missing.
      for (const outcome of outcomes) expect([0, "DATABASE_BUSY", "DATABASE_RIGHTS_MISSING"]).toContain(outcome);
    },
  );
});
