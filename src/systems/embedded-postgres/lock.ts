import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { ownFolder } from "./cluster.ts";
import type { OsUser } from "./os-user.ts";

const waitMsMax = 90_000;

/**
 * One process at a time makes or starts the cluster of a folder. The lock is a file with our pid, so that the lock of a
 * killed process is seen for what it is.
 */
export async function withLock<T>(directory: string, user: OsUser | null, work: () => Promise<T>): Promise<T> {
  await ownFolder(directory, user);
  const path = join(directory, "starting.pid");
  const end = performance.now() + waitMsMax;
  for (;;) {
    const handle = await open(path, "wx", 0o600).catch(ifTaken);
    if (handle !== null) return hold(handle, path, work);
    const pid = Number(await readFile(path, "utf8").catch(() => "0"));
    // An empty file is one whose owner has not written its pid yet; it is given the whole patience.
    if (pid > 0 && !alive(pid)) await rm(path, { force: true });
    if (performance.now() > end) {
      throw new PlimsollError("STATE_UNEXPECTED", "Plimsoll's own PostgreSQL is being started by another process that doesn't finish.", {
        facts: { pid },
        fix: `end process ${pid}, or remove ${path} when it isn't Plimsoll`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function hold<T>(handle: FileHandle, path: string, work: () => Promise<T>): Promise<T> {
  try {
    await handle.writeFile(String(process.pid));
    await handle.close();
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

function ifTaken(error: NodeJS.ErrnoException): null {
  if (error.code === "EEXIST") return null;
  throw error;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
