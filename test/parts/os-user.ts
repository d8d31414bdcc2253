import { readFileSync } from "node:fs";

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function osUser(name: string): OsUser | null {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [found, , uid, gid] = line.split(":");
    if (found === name) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

/** Who runs PostgreSQL, which refuses root: `postgres` when we are root, and null for ourselves otherwise. */
export function postgresUser(): OsUser | null {
  if (process.getuid?.() !== 0) return null;
  const user = osUser("postgres");
  if (user === null) throw new Error("there is no OS user postgres: run npm run setup");
  return user;
}
