import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { postgresUser } from "./os-user.ts";
import type { OsUser } from "./os-user.ts";
import { readParts } from "./parts.ts";
import { mustRun } from "./program.ts";
import { makeScratch, processesOf } from "./scratch.ts";

export interface RoleOptions {
  readonly password: string;
  readonly createdb?: boolean;
  readonly superuser?: boolean;
}

export interface ClusterOptions {
  /** true keeps PostgreSQL's durable defaults; without it the cluster is fast and forgets on a crash of the machine. */
  readonly fsync?: boolean;
  /** `tenant` is PostgreSQL 15 with its client programs, `embedded` the one from npm. */
  readonly version?: "tenant" | "embedded";
  /** Further settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PostgreSQL of one's own on 127.0.0.1. Passwords are asked for on TCP and on the socket. */
export interface Cluster {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly binDir: string;
  readonly socketDir: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly adminUser: "postgres_admin";
  readonly adminPassword: string;
  createRole(name: string, options: RoleOptions): Promise<void>;
  /** A connection string; without a role that of the superuser. @throws for a role that `createRole` didn't make */
  dsn(database: string, role?: string): string;
  /** One statement as the superuser. */
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(database: string, sql: string, values?: readonly unknown[]): Promise<R[]>;
  /** What PostgreSQL's own programs need in their environment to connect as the superuser, or as a role. */
  clientEnv(role?: string): NodeJS.ProcessEnv;
  /** SIGKILL to the server and everything it started; returns when all are gone. */
  kill(): Promise<void>;
  /** Starts again after `kill`, or stops quickly and starts, on the same port. */
  restart(): Promise<void>;
  /** Ends the server and removes everything. */
  stop(): Promise<void>;
}

const adminUser = "postgres_admin";
const readyWithinMs = 60_000;
const portAttempts = 5;

const fast: Readonly<Record<string, string>> = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
};

interface Server {
  readonly binDir: string;
  readonly directory: string;
  readonly user: OsUser | null;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

function launch(server: Server, port: number): ChildProcess {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: join(server.directory, "socket"),
    port: String(port),
    max_connections: "200",
    ...server.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const log = openSync(join(server.directory, "server.log"), "a");
  try {
    const child = spawn(join(server.binDir, "postgres"), ["-D", join(server.directory, "data"), ...args], {
      cwd: join(server.directory, "data"),
      // Its own group: Ctrl-C must reach it through us, in order.
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
      ...(server.user ? { uid: server.user.uid, gid: server.user.gid } : {}),
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function untilEnded(child: ChildProcess): Promise<void> {
  while (!hasEnded(child)) await sleep(10);
}

/** @returns false when the server ended instead of answering */
async function isAnswering(child: ChildProcess, port: number, password: string): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    if (hasEnded(child)) return false;
    const client = new pg.Client({ host: "127.0.0.1", port, user: adminUser, password, database: "postgres" });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      await sleep(30);
    }
  }
  child.kill("SIGQUIT");
  return false;
}

function logTail(server: Server): string {
  return readFileSync(join(server.directory, "server.log"), "utf8").slice(-2000);
}

async function initialise(server: Server): Promise<void> {
  const passwordFile = join(server.directory, "password");
  for (const name of ["data", "socket"]) {
    mkdirSync(join(server.directory, name), { mode: name === "data" ? 0o700 : 0o755 });
    if (server.user) chownSync(join(server.directory, name), server.user.uid, server.user.gid);
  }
  writeFileSync(passwordFile, `${server.password}\n`, { mode: 0o600 });
  writeFileSync(join(server.directory, "server.log"), "");
  if (server.user) chownSync(passwordFile, server.user.uid, server.user.gid);
  await mustRun(
    join(server.binDir, "initdb"),
    [
      "-D",
      join(server.directory, "data"),
      "-U",
      adminUser,
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ],
    {
      user: server.user,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    },
  );
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const parts = readParts();
  const user = postgresUser();
  const scratch = makeScratch("pg", user);
  const server: Server = {
    binDir: options.version === "embedded" ? parts.embeddedPostgres.binDir : parts.postgres.binDir,
    directory: scratch.directory,
    user,
    password: randomBytes(18).toString("base64url"),
    settings: { ...(options.fsync === true ? {} : fast), ...options.settings },
  };
  await initialise(server);

  let port = 0;
  let child: ChildProcess | null = null;
  for (let attempt = 1; child === null; attempt += 1) {
    port = await freePort();
    const started = launch(server, port);
    if (await isAnswering(started, port, server.password)) child = started;
    else if (attempt >= portAttempts || !logTail(server).includes("could not bind")) {
      const log = logTail(server);
      await scratch.remove();
      throw new Error(`PostgreSQL didn't start:\n${log}`);
    }
  }

  let running: ChildProcess = child;
  const passwords = new Map<string, string>([[adminUser, server.password]]);
  const passwordOf = (role: string): string => {
    const password = passwords.get(role);
    if (password === undefined) throw new Error(`role ${role} wasn't made by createRole`);
    return password;
  };
  const query = async <R extends pg.QueryResultRow>(database: string, sql: string, values: readonly unknown[] = []): Promise<R[]> => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: adminUser, password: server.password, database });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<R>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const kill = async (): Promise<void> => {
    // Frozen first, so that the server can't notice a dead child and tidy up.
    if (!hasEnded(running)) process.kill(running.pid ?? 0, "SIGSTOP");
    for (;;) {
      const alive = processesOf(server.directory);
      if (alive.length === 0) break;
      for (const pid of alive) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended meanwhile.
        }
      }
      await sleep(10);
    }
    await untilEnded(running);
  };

  return {
    host: "127.0.0.1",
    port,
    binDir: server.binDir,
    socketDir: join(server.directory, "socket"),
    dataDir: join(server.directory, "data"),
    logFile: join(server.directory, "server.log"),
    adminUser,
    adminPassword: server.password,
    async createRole(name, { password, createdb = false, superuser = false }) {
      const flags = `LOGIN ${superuser ? "SUPERUSER" : "NOSUPERUSER"} ${createdb ? "CREATEDB" : "NOCREATEDB"}`;
      await query("postgres", `CREATE ROLE ${pg.escapeIdentifier(name)} ${flags} PASSWORD ${pg.escapeLiteral(password)}`);
      passwords.set(name, password);
    },
    dsn: (database, role = adminUser) =>
      `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(passwordOf(role))}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    query,
    clientEnv: (role = adminUser) => ({
      PATH: process.env["PATH"],
      PGHOST: "127.0.0.1",
      PGPORT: String(port),
      PGUSER: role,
      PGPASSWORD: passwordOf(role),
    }),
    kill,
    async restart() {
      if (!hasEnded(running)) {
        running.kill("SIGINT");
        await untilEnded(running);
      }
      running = launch(server, port);
      if (!(await isAnswering(running, port, server.password))) throw new Error(`PostgreSQL didn't start again:\n${logTail(server)}`);
    },
    async stop() {
      await kill();
      await scratch.remove();
    },
  };
}
