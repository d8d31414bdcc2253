import { join } from "node:path";
import { readFile, realpath, rm } from "node:fs/promises";
import pg from "pg";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { createCluster, type Cluster } from "./cluster.ts";
import { withLock } from "./lock.ts";
import { serverUser } from "./os-user.ts";
import { freePort, runTool } from "./tool.ts";

const readyPollMs = 10;

export interface EmbeddedOptions {
  /** Everything of it lives here: data, password, socket, log. Made when missing; as root it becomes the property of `postgres`. */
  readonly directory: string;
  /** Folder with initdb, pg_ctl and postgres; readable by the user `postgres` when we are root. */
  readonly binDir: string;
  /** Progress for people: one sentence each. */
  readonly log: (message: string) => void;
}

export interface Embedded {
  /** With the password: a secret. */
  readonly connectionString: string;
  /** `found`: it ran already, left by an earlier control plane. */
  readonly running: "started" | "found";
  stop(): Promise<void>;
}

/**
 * Plimsoll's own PostgreSQL. It runs detached: a control plane that is killed leaves it alive, and the next one finds it.
 * Durable settings throughout (fsync, full page writes), because the ledger lives here.
 *
 * @throws STATE_UNEXPECTED when it can't be made or started, with the end of its log
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const user = await serverUser();
  return withLock(options.directory, user, async () => {
    const cluster = await createCluster(options.directory, options.binDir, user, options.log);
    const found = await runningPort(cluster);
    const port = found ?? (await start(cluster, options.log));
    await ensureDatabase(cluster, port);
    return {
      connectionString: connectionString(cluster, port, "plimsoll"),
      running: found === null ? "started" : "found",
      stop: () => stop(cluster),
    };
  });
}

/** The port of the server that owns the data directory, or null when none runs. */
async function runningPort(cluster: Cluster): Promise<number | null> {
  const pidFile = await readFile(join(cluster.data, "postmaster.pid"), "utf8").catch(() => null);
  if (pidFile === null) return null;
  const [pid, , , port] = pidFile.split("\n");
  // A pid alone proves nothing after a reboot: the process must sit in this data directory.
  const cwd = await realpath(`/proc/${Number(pid)}/cwd`).catch(() => null);
  if (cwd !== (await realpath(cluster.data))) {
    // Another process got the pid: PostgreSQL would take the file for a living server of the same user and refuse to start.
    if (cwd !== null) await rm(join(cluster.data, "postmaster.pid"), { force: true });
    return null;
  }
  const number = Number(port);
  // It may still be starting, or recovering after a crash: pg_ctl's own patience applies.
  await waitAnswering(cluster, number, 60_000);
  return number;
}

async function start(cluster: Cluster, log: (message: string) => void): Promise<number> {
  const port = await freePort();
  log("Starting Plimsoll's own PostgreSQL.");
  const settings = [
    `-c port=${port}`,
    `-c listen_addresses=127.0.0.1`,
    `-c unix_socket_directories=${cluster.socket === null ? "''" : cluster.socket}`,
  ];
  const started = runTool(
    [
      join(cluster.binDir, "pg_ctl"),
      "start",
      "--pgdata",
      cluster.data,
      "--log",
      cluster.logFile,
      "--wait",
      "--timeout",
      "60",
      "--silent",
      "-o",
      settings.join(" "),
    ],
    cluster.user,
  ).catch(async (error: unknown) => {
    throw await notStarted(cluster, error);
  });
  // pg_ctl looks ten times a second only; what it says of a failure counts, whoever is faster.
  const seen = { over: false };
  await Promise.race([started, untilReady(cluster, port, seen)]).finally(() => (seen.over = true));
  started.catch(() => undefined);
  return port;
}

/** Resolves when the server that listens on the port has written that it is ready; never when it doesn't. */
async function untilReady(cluster: Cluster, port: number, seen: { readonly over: boolean }): Promise<void> {
  while (!seen.over) {
    const lines = (await readFile(join(cluster.data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    if (lines[3] === String(port) && lines[7]?.trim() === "ready") return;
    await new Promise((resolve) => setTimeout(resolve, readyPollMs));
  }
}

async function notStarted(cluster: Cluster, cause: unknown): Promise<PlimsollError> {
  const log = await readFile(cluster.logFile, "utf8").catch(() => "");
  const tail = log.trimEnd().split("\n").slice(-8);
  return new PlimsollError(
    "STATE_UNEXPECTED",
    "Plimsoll's own PostgreSQL doesn't start.",
    { fix: `read ${cluster.logFile}`, because: tail },
    cause,
  );
}

async function stop(cluster: Cluster): Promise<void> {
  const pidFile = await readFile(join(cluster.data, "postmaster.pid"), "utf8").catch(() => null);
  if (pidFile === null) return;
  await runTool(
    [join(cluster.binDir, "pg_ctl"), "stop", "--pgdata", cluster.data, "--mode", "fast", "--wait", "--timeout", "60", "--silent"],
    cluster.user,
  );
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: connectionString(cluster, port, "postgres"), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'plimsoll'");
    if (rowCount === 0) await client.query("create database plimsoll encoding 'UTF8' template template0");
  } finally {
    await client.end();
  }
}

async function waitAnswering(cluster: Cluster, port: number, boundMs: number): Promise<void> {
  const end = performance.now() + boundMs;
  for (;;) {
    const client = new pg.Client({ connectionString: connectionString(cluster, port, "postgres"), connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (performance.now() > end) throw await notStarted(cluster, error);
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function connectionString(cluster: Cluster, port: number, database: string): string {
  return `postgres://plimsoll:${encodeURIComponent(cluster.password)}@127.0.0.1:${port}/${database}`;
}
