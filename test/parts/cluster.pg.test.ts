import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { processesOf } from "./scratch.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ fsync: true });
});
afterAll(() => cluster.stop());

test("what was committed survives kill and restart on the same port", async () => {
  await cluster.query("postgres", "CREATE TABLE kept AS SELECT 42 AS answer");
  await cluster.kill();
  await expect(cluster.query("postgres", "SELECT 1")).rejects.toThrow();
  await cluster.restart();
  expect(await cluster.query("postgres", "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
});

test("a role connects with its password and nobody without one", async () => {
  await cluster.createRole("o'd\"o", { password: "p@ss'/word", createdb: true });
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: cluster.dsn("postgres", "o'd\"o") });
  await client.connect();
  expect(
    (await client.query("SELECT current_user AS name, rolcreatedb, rolsuper FROM pg_roles WHERE rolname = current_user")).rows,
  ).toEqual([{ name: "o'd\"o", rolcreatedb: true, rolsuper: false }]);
  await client.end();
  const stranger = new pg.Client({
    host: cluster.socketDir,
    port: cluster.port,
    user: cluster.adminUser,
    password: "guess",
    database: "postgres",
  });
  await expect(stranger.connect()).rejects.toThrow(/password/);
  expect(() => cluster.dsn("postgres", "unknown")).toThrow(/createRole/);
});

test("nothing stays when the process that started it is killed", async () => {
  const program = `const { startCluster } = await import(${JSON.stringify(fileURLToPath(new URL("cluster.ts", import.meta.url)))}); const c = await startCluster(); console.log(c.dataDir); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const dataDir = await new Promise<string>((resolve) =>
    child.stdout.setEncoding("utf8").once("data", (chunk: string) => resolve(chunk.trim())),
  );
  const directory = dataDir.replace(/\/data$/, "");
  expect(processesOf(directory).length).toBeGreaterThan(0);
  child.kill("SIGKILL");
  for (let waited = 0; waited < 200 && (existsSync(directory) || processesOf(directory).length > 0); waited += 1) await sleep(50);
  expect(processesOf(directory)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});
