import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { PlimsollError } from "../../domain/shared/errors.ts";

const execute = promisify(execFile);

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who runs the server: nobody special (null) unless we are root, whom PostgreSQL refuses. Then it is the system user
 * `postgres`, made when it is missing.
 */
export async function serverUser(name = "postgres"): Promise<OsUser | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await lookUp(name);
  if (found !== null) return found;
  try {
    await execute("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]);
  } catch (error) {
    // Two processes may make it at once: what counts is that it is there.
    const made = await lookUp(name);
    if (made !== null) return made;
    throw new PlimsollError(
      "STATE_UNEXPECTED",
      `The operating-system user ${name} could not be made.`,
      { why: "PostgreSQL refuses to run as root.", fix: `useradd --system --user-group ${name}` },
      error,
    );
  }
  const made = await lookUp(name);
  if (made === null) throw new PlimsollError("STATE_UNEXPECTED", `The operating-system user ${name} was made but isn't in /etc/passwd.`);
  return made;
}

async function lookUp(name: string): Promise<OsUser | null> {
  const passwd = await readFile("/etc/passwd", "utf8");
  const fields = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((line) => line[0] === name);
  if (fields === undefined) return null;
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
