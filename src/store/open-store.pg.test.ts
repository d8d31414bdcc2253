import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../domain/fleet/environment.ts";
import { approvedChange, environmentSpec, queued } from "../../test/conformance/ledger-fixture.ts";
import { handClock } from "../../test/conformance/ledger-suite.ts";
import { startStoreServer, type StoreServer } from "../../test/crash/store-server.ts";
import { openStore } from "./open-store.ts";

describe("the store", () => {
  const clock = handClock();
  let server: StoreServer;
  beforeAll(async () => {
    server = await startStoreServer();
  });
  afterAll(() => server.close());

  const withClient = async <T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  test("is migrated once, by however many open it at the same time", async () => {
    const connectionString = await server.database();
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ connectionString, clock })));
    const rows = await withClient(
      connectionString,
      async (client) => (await client.query("select number, file from plimsoll.migration")).rows,
    );
    expect(rows).toEqual([
      { number: 1, file: "0001-ledger.sql" },
      { number: 2, file: "0002-recovery.sql" },
    ]);
    for (const store of stores) await store.close();
  });

  test("fills in what an older version's declarations didn't say", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    const { soakMs, ...limits } = defaultLimits;
    await store.transaction((tx) =>
      tx.putEnvironment(
        { ...environmentSpec("older"), limits: limits as never },
        { release: null, generation: "g1", baseDigest: null, lag: [] },
      ),
    );
    expect(await store.environment("older")).toMatchObject({ spec: { limits: { ...limits, soakMs } }, lag: [], held: null });
    await store.close();
  });

  test("refuses a database that a newer Plimsoll wrote, and one whose migration was altered", async () => {
    const connectionString = await server.database();
    await (await openStore({ connectionString, clock })).close();
    await withClient(connectionString, (client) =>
      client.query("insert into plimsoll.migration (number, file, checksum) values (9999, '9999-later.sql', 'x')"),
    );
    await expect(openStore({ connectionString, clock })).rejects.toMatchObject({ code: "CONFLICT", message: /newer/ });
    await withClient(connectionString, (client) =>
      client.query("delete from plimsoll.migration where number = 9999; update plimsoll.migration set checksum = 'x'"),
    );
    await expect(openStore({ connectionString, clock })).rejects.toMatchObject({ code: "CONFLICT", message: /0001-ledger/ });
  });

  test.each([
    "update plimsoll.event set actor = 'nobody'",
    "delete from plimsoll.event",
    "truncate plimsoll.event",
    "set session_replication_role = replica; delete from plimsoll.event",
  ])("events can't be rewritten: %s", async (statement) => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    await store.transaction((tx) =>
      tx.append({
        actor: "anna",
        type: "tenant.declared",
        subjectKind: "tenant",
        subject: "acme",
        environment: null,
        deployment: null,
        data: {},
      }),
    );
    await expect(withClient(connectionString, (client) => client.query(statement))).rejects.toThrow(/append-only/);
    expect(await store.events({ limit: 10 })).toHaveLength(1);
    await store.close();
  });

  test("an altered plan isn't given out", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    const { digest } = await approvedChange(store, "acme", []);
    await withClient(connectionString, (client) =>
      client.query("update plimsoll.plan set canonical = replace(canonical, 'Swap back', 'Swap bacK')"),
    );
    await expect(store.plan(digest)).rejects.toMatchObject({ code: "PLAN_DIGEST_MISMATCH" });
    await store.close();
  });

  test("the database itself refuses a second active deployment", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    const deployment = await queued(store, "acme", []);
    const copy = `insert into plimsoll.deployment (id, number, change, environment, host, plan_digest, state, created_at)
      select 'D-99', 99, change, environment, host, plan_digest, state, created_at from plimsoll.deployment where id = '${deployment.id}'`;
    await expect(withClient(connectionString, (client) => client.query(copy))).rejects.toThrow(/deployment_active/);
    await store.close();
  });

  test("a hint is a job of the host in the caller's transaction, one per deployment", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    const deployment = await queued(store, "acme", [], "host-a");
    await store.transaction((tx) => tx.hint(deployment.id, "host-a"));
    await store
      .transaction(async (tx) => {
        await tx.hint("D-other", "host-b");
        throw new Error("undone");
      })
      .catch(() => undefined);
    const rows = await withClient(
      connectionString,
      async (client) => (await client.query("select task_identifier, key from graphile_worker.jobs")).rows,
    );
    expect(rows).toEqual([{ task_identifier: "advance:host-a", key: `advance:${deployment.id}` }]);
    await store.close();
  });

  test("sequences become visible in order, whoever commits first", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    const one = (n: number): Promise<void> =>
      store.transaction(async (tx) => {
        await tx.append({
          actor: "anna",
          type: "host.noted",
          subjectKind: "host",
          subject: "h",
          environment: null,
          deployment: null,
          data: { n },
        });
        await new Promise((resolve) => setTimeout(resolve, (n % 3) * 5));
      });
    const writing = Promise.all(Array.from({ length: 30 }, (_, n) => one(n)));
    const seen: number[] = [];
    let done = false;
    void writing.finally(() => (done = true));
    for (let after = 0; ;) {
      const last = done;
      const page = await store.events({ after, limit: 100 });
      seen.push(...page.map((event) => event.sequence));
      after = seen.at(-1) ?? 0;
      if (last) break;
    }
    expect(seen).toHaveLength(30);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    await store.close();
  });

  test("listeners are told again after their connection broke", async () => {
    const connectionString = await server.database();
    const store = await openStore({ connectionString, clock });
    let told = 0;
    const listening = store.onEvents(() => (told += 1));
    await expect.poll(() => told).toBeGreaterThan(0);
    const database = new URL(connectionString).pathname.slice(1);
    await withClient(server.embedded.connectionString, (client) =>
      client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and query like 'listen %'", [database]),
    );
    const before = told;
    await expect.poll(() => told, { timeout: 5_000 }).toBeGreaterThan(before);
    const again = told;
    await store.transaction((tx) =>
      tx.append({ actor: "anna", type: "host.noted", subjectKind: "host", subject: "h", environment: null, deployment: null, data: {} }),
    );
    await expect.poll(() => told, { timeout: 5_000 }).toBeGreaterThan(again);
    listening.close();
    await store.close();
  });
});
