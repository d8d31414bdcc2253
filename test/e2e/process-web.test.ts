import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Generation } from "../../src/app/ports/odoo-runtime.ts";
import { listProcesses, readEnviron, readProcess } from "../../src/systems/process/identity.ts";
import { makeProcessWorld } from "./process-world.ts";
import type { ProcessWorld } from "./process-world.ts";

const { signal } = new AbortController();

describe("web workers of a real Odoo", () => {
  let world: ProcessWorld;
  let generation: Generation;
  let cookie = "";

  beforeAll(async () => {
    world = await makeProcessWorld({ workers: 2, cronThreads: 1 });
    generation = await world.runtime.prepare("g1", world.release, "tenant");
    await world.runtime.startWeb(generation, 1);
    await world.runtime.startBackground(generation, 1);
  });
  afterAll(() => world.close());

  const url = (path: string): string => `http://127.0.0.1:${generation.webPort}${path}`;
  const call = async (model: string, method: string): Promise<{ status: number; body: string }> => {
    const response = await fetch(url(`/web/dataset/call_kw/${model}/${method}`), {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify({ jsonrpc: "2.0", params: { model, method, args: [[]], kwargs: {} } }),
    });
    return { status: response.status, body: await response.text() };
  };
  const fence = async (): Promise<void> => {
    await world.cluster.query("postgres", "ALTER DATABASE tenant ALLOW_CONNECTIONS false");
    await world.cluster.query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tenant'");
  };
  const own = (): number[] => listProcesses().filter((pid) => readEnviron(pid)?.["PLIMSOLL_ENVIRONMENT"] === world.environment.name);

  it("become healthy: process, login page, style sheet, script and websocket port", async () => {
    const report = await world.runtime.waitHealthy(generation, 60_000, signal);
    expect(report.healthy, JSON.stringify(report)).toBe(true);
    expect(report.checks.map((check) => check.name)).toEqual(["/web/health", "/web/login", "css", "js", "/websocket/health"]);
  });

  it("run as a user of their own, with the password in a file that only this user reads, and nowhere else", async () => {
    const isolation = await world.runtime.isolation();
    expect(isolation).toMatchObject({ isolated: true });
    const users = new Set(own().map((pid) => readProcess(pid)?.uid));
    const uid = statSync(world.environment.dataDirectory).uid;
    expect([...users]).toEqual([uid]);
    expect(uid).toBeGreaterThanOrEqual(64_000);
    expect(own().length).toBeGreaterThanOrEqual(5);
    const config = join(world.stateDirectory, "private", "g1-web.conf");
    expect(statSync(config)).toMatchObject({ uid, mode: 0o100600 });
    expect(statSync(join(world.stateDirectory, "private"))).toMatchObject({ uid, mode: 0o040700 });
    expect(readFileSync(config, "utf8")).toContain("s3cret");
    for (const pid of own()) {
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain("s3cret");
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("s3cret");
    }
    expect(JSON.stringify(await world.supervisor.list(""))).not.toContain("s3cret");
  });

  it("survive a fence: refused while it lasts, right again after it, the session of who kept quiet included", async () => {
    const login = await fetch(url("/web/session/authenticate"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", params: { db: "tenant", login: "admin", password: "admin" } }),
    });
    cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    expect((await call("res.users", "search_count")).body).toContain('"result"');
    const before = own();

    await fence();
    const refused = await fetch(url("/web/login"), { redirect: "manual" });
    const during = { status: refused.status, alive: (await fetch(url("/web/health"))).status };
    expect(during.alive).toBe(200);
    expect(during.status).not.toBe(200);
    await world.cluster.query("postgres", "ALTER DATABASE tenant RENAME TO tenant_old");
    await world.cluster.query("postgres", "ALTER DATABASE tenant_old RENAME TO tenant");
    await world.cluster.query("postgres", "ALTER DATABASE tenant ALLOW_CONNECTIONS true");

    expect((await world.runtime.health(generation)).healthy).toBe(true);
    const after = await call("res.users", "search_count");
    expect(after.status).toBe(200);
    expect(after.body).toContain('"result"');
    expect(own().filter((pid) => before.includes(pid)).length).toBeGreaterThanOrEqual(4);
  });

  it("answer wrongly during a fence, which is why nobody may reach them then: a page request gets a new session in place of its own", async () => {
    await fence();
    expect((await call("res.users", "search_count")).status).toBe(404);
    const page = await fetch(url("/web/login"), { headers: { cookie }, redirect: "manual" });
    expect(page.status).toBe(302);
    expect(page.headers.get("set-cookie")).toMatch(/^session_id=/);
    expect(page.headers.get("set-cookie")).not.toContain(cookie);
    await world.cluster.query("postgres", "ALTER DATABASE tenant ALLOW_CONNECTIONS true");
    expect((await call("res.users", "search_count")).body).toContain('"result"');
  });
});

describe("guards around a real Odoo's start", () => {
  let world: ProcessWorld;
  beforeAll(async () => {
    world = await makeProcessWorld({ workers: 0, cronThreads: 1 });
  });
  afterAll(() => world.close());

  it("a worker whose database isn't there makes none", async () => {
    const generation = await world.runtime.prepare("g1", world.release, "gone");
    await world.runtime.startWeb(generation, 1);
    const health = await world.runtime.waitHealthy(generation, 6_000, signal);
    expect(health.healthy).toBe(false);
    expect(await world.cluster.query("postgres", "SELECT 1 FROM pg_database WHERE datname = 'gone'")).toEqual([]);
    await world.runtime.stopWeb(generation, 1, 5_000);
  });

  it("a worker doesn't resume somebody's half-done update", async () => {
    await world.cluster.query("tenant", "INSERT INTO ir_config_parameter (key, value) VALUES ('base.partially_updated_database', '1')");
    await world.cluster.query("tenant", "UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'web'");
    const generation = await world.runtime.prepare("g2", world.release, "tenant");
    await world.runtime.startWeb(generation, 1);
    const health = await world.runtime.waitHealthy(generation, 8_000, signal);
    expect(health.healthy).toBe(false);
    expect(
      await world.cluster.query("tenant", "SELECT value FROM ir_config_parameter WHERE key = 'base.partially_updated_database'"),
    ).toEqual([{ value: "1" }]);
    expect(await world.cluster.query("tenant", "SELECT state FROM ir_module_module WHERE name = 'web'")).toEqual([{ state: "to upgrade" }]);
    expect(readFileSync(join(world.stateDirectory, "logs", "g2-web.log"), "utf8")).toContain("Plimsoll doesn't serve it");
    await world.runtime.stopWeb(generation, 1, 5_000);
  });

  it("a taken port is named before Odoo is started", async () => {
    const generation = await world.runtime.prepare("g3", world.release, "tenant");
    const { createServer } = await import("node:net");
    const server = createServer().listen(generation.webPort, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(world.runtime.startWeb(generation, 1)).rejects.toMatchObject({ code: "PORT_IN_USE" });
    server.close();
  });
});
