import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readParts } from "../../../test/parts/parts.ts";
import { startEmbedded, type Embedded } from "./start-embedded.ts";

let directory: string;
const running: Embedded[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "plimsoll-embedded-"));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  await rm(directory, { recursive: true, force: true });
});

// The copy that set-up made: a checkout may lie where the server's own user can't read.
const { binDir } = readParts().embeddedPostgres;

const start = async (): Promise<Embedded> => {
  const embedded = await startEmbedded({ directory, binDir, log: () => undefined });
  running.push(embedded);
  return embedded;
};

const ask = async <T>(connectionString: string, sql: string): Promise<T[]> => {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, T>>(sql)).rows.map((row) => Object.values(row)[0] as T);
  } finally {
    await client.end();
  }
};

const postmaster = async (): Promise<number> => Number((await readFile(join(directory, "data", "postmaster.pid"), "utf8")).split("\n")[0]);

test("is made once, durable, closed to others, and found again", async () => {
  const first = await start();
  expect(first.running).toBe("started");
  expect(
    await ask(
      first.connectionString,
      "select current_setting('fsync') || current_setting('full_page_writes') || current_setting('synchronous_commit')",
    ),
  ).toEqual(["ononon"]);
  expect((await stat(join(directory, "password"))).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  const wrong = new URL(first.connectionString);
  wrong.password = "wrong";
  await expect(ask(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  const second = await start();
  expect(second).toMatchObject({ running: "found", connectionString: first.connectionString });
});

test("two that start at once get the same server", async () => {
  const [one, two] = await Promise.all([start(), start()]);
  expect(one?.connectionString).toBe(two?.connectionString);
  expect([one?.running, two?.running].sort()).toEqual(["found", "started"]);
});

test("survives the death of who started it", async () => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL("./start-embedded.ts", import.meta.url).href)};
    await startEmbedded({ directory: process.argv[1], binDir: process.argv[2], log: () => undefined });
    process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, directory, binDir], { stdio: "inherit" });
  expect((await once(child, "exit"))[1]).toBe("SIGKILL");
  expect((await start()).running).toBe("found");
});

test("starts after a crash, and isn't fooled by a pid that belongs to somebody else", async () => {
  const first = await start();
  await ask(first.connectionString, "create table kept as select 42 as n");
  process.kill(await postmaster(), "SIGKILL");
  await expect
    .poll(
      () =>
        ask(first.connectionString, "select 1").then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(false);
  const lines = (await readFile(join(directory, "data", "postmaster.pid"), "utf8")).split("\n");
  lines[0] = String(process.pid);
  await writeFile(join(directory, "data", "postmaster.pid"), lines.join("\n"));
  // The orphans of the killed postmaster need a moment to notice.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const second = await start();
  expect(second.running).toBe("started");
  expect(await ask(second.connectionString, "select n from kept")).toEqual([42]);
});

test("a data directory of another version is refused, and nothing is touched", async () => {
  await (await start()).stop();
  await writeFile(join(directory, "data", "PG_VERSION"), "15\n");
  await expect(start()).rejects.toMatchObject({ code: "STATE_UNEXPECTED", message: /made by PostgreSQL 15/ });
});
