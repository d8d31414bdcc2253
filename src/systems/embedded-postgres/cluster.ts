import { randomBytes } from "node:crypto";
import { appendFile, chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { OsUser } from "./os-user.ts";
import { runTool } from "./tool.ts";

/** A data directory that exists, with what is needed to run it. */
export interface Cluster {
  readonly binDir: string;
  readonly data: string;
  /** Folder of the Unix socket; null when its path would be too long for one. */
  readonly socket: string | null;
  readonly logFile: string;
  readonly password: string;
  readonly user: OsUser | null;
}

const majorVersion = "18";
/** sockaddr_un holds 107 bytes; `/.s.PGSQL.65535` takes 15. */
const socketDirectoryBytesMax = 90;

const settings = `
# Written by Plimsoll. The ledger lives here: durability isn't for sale.
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 100
shared_buffers = 64MB
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
`;

/** Makes the cluster when it isn't there: idempotent, and a half-made one is made anew. */
export async function createCluster(
  directory: string,
  binDir: string,
  user: OsUser | null,
  log: (message: string) => void,
): Promise<Cluster> {
  const root = resolve(directory);
  const data = join(root, "data");
  const socket = Buffer.byteLength(join(root, "socket")) <= socketDirectoryBytesMax ? join(root, "socket") : null;
  if (socket !== null) await ownFolder(socket, user);
  const version = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => null);
  if (version === null) await initialise(root, data, binDir, user, log);
  else if (version.trim() !== majorVersion) throw otherVersion(data, version.trim());
  const password = await readFile(join(root, "password"), "utf8");
  return { binDir, data, socket, logFile: join(root, "postgres.log"), password: password.trim(), user };
}

async function initialise(root: string, data: string, binDir: string, user: OsUser | null, log: (message: string) => void): Promise<void> {
  log("Making Plimsoll's own PostgreSQL.");
  // Only the rename makes it count: an initdb that was killed leaves nothing that looks like a cluster.
  const making = join(root, "data.making");
  await rm(making, { recursive: true, force: true });
  const passwordFile = join(root, "password");
  await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  await own(passwordFile, user);
  await runTool(
    [
      join(binDir, "initdb"),
      "--pgdata",
      making,
      "--username",
      "plimsoll",
      "--pwfile",
      passwordFile,
      "--auth",
      "scram-sha-256",
      "--encoding",
      "UTF8",
      "--locale",
      "C",
      "--data-checksums",
    ],
    user,
  );
  await appendFile(join(making, "postgresql.conf"), settings);
  await rename(making, data);
}

export async function ownFolder(path: string, user: OsUser | null): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await own(path, user);
}

async function own(path: string, user: OsUser | null): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

function otherVersion(data: string, version: string): PlimsollError {
  return new PlimsollError(
    "STATE_UNEXPECTED",
    `Plimsoll's database in ${data} was made by PostgreSQL ${version}; this Plimsoll brings ${majorVersion}.`,
    {
      fix: `run the Plimsoll that made it, or set DATABASE_URL to a PostgreSQL ${version} that serves it`,
    },
  );
}
