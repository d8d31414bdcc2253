import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { SecretReference } from "../../domain/fleet/environment.ts";
import type { Processes } from "../../app/ports/runtime-kind.ts";

/** What a copy by dump needs of the host. */
export interface DumpTools {
  readonly processes: Processes;
  /** Folders that are looked through for `pg_dump` and `pg_restore`, beside those where Debian installs them. */
  readonly folders: readonly string[];
  /** A folder of our own, for the pipe between the two; data never lies in it. */
  readonly directory: string;
  readonly readSecret: (reference: SecretReference) => Promise<string>;
}

/** A pg_dump and its pg_restore of one PostgreSQL. */
export interface DumpPrograms {
  readonly dump: string;
  readonly restore: string;
  readonly major: number;
}

const debianFolder = "/usr/lib/postgresql";
const versionTimeoutMs = 10_000;

/**
 * The programs of the server's own major version, else of the next higher one: an older pg_dump refuses, and a newer
 * pg_restore sets what an older server doesn't know.
 *
 * @throws STATE_UNEXPECTED naming what there is and what to install
 */
export async function findDumpPrograms(tools: DumpTools, serverMajor: number, signal: AbortSignal): Promise<DumpPrograms> {
  const found: DumpPrograms[] = [];
  for (const folder of await foldersOf(tools)) {
    const programs = await programsIn(tools, folder, signal);
    if (programs?.major === serverMajor) return programs;
    if (programs !== null) found.push(programs);
  }
  const newer = found.filter(({ major }) => major > serverMajor).sort((a, b) => a.major - b.major);
  if (newer[0] !== undefined) return newer[0];
  const there = found.length === 0 ? "there is no pg_dump on this host" : `the newest pg_dump here is of PostgreSQL ${newest(found)}`;
  throw new PlimsollError("STATE_UNEXPECTED", `A copy of a PostgreSQL ${serverMajor} database can't be made: ${there}.`, {
    why: "A copy without disturbing users is a dump, made by PostgreSQL's own programs of the server's version or a newer one.",
    fix: `Install postgresql-client-${serverMajor} on this host, or have the copy made by template while users wait for a moment: --copy template.`,
    facts: { serverMajor },
  });
}

function newest(found: readonly DumpPrograms[]): number {
  return Math.max(...found.map(({ major }) => major));
}

/** Debian's own folders first: `/usr/bin/pg_dump` is a wrapper there that picks a version by itself. */
async function foldersOf(tools: DumpTools): Promise<string[]> {
  const versions = await readdir(debianFolder).catch(() => []);
  return [...versions.map((version) => join(debianFolder, version, "bin")), ...tools.folders];
}

async function programsIn(tools: DumpTools, folder: string, signal: AbortSignal): Promise<DumpPrograms | null> {
  const dump = join(folder, "pg_dump");
  const restore = join(folder, "pg_restore");
  if (!(await isExecutable(dump)) || !(await isExecutable(restore))) return null;
  const lines: string[] = [];
  const { exitCode } = await tools.processes.run({
    argv: [dump, "--version"],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    timeoutMs: versionTimeoutMs,
    graceMs: 1_000,
    signal,
    line: (line) => lines.push(line),
  });
  const major = /\) (\d+)/.exec(lines.join("\n"))?.[1];
  return exitCode === 0 && major !== undefined ? { dump, restore, major: Number(major) } : null;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
