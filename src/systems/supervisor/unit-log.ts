import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

const logBytesMax = 64 * 1024 * 1024;
const mode = 0o640;
// A link in the place of the log would make root write elsewhere: the folder may belong to the unit's user.
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } = constants;
const append = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;

/** Opens a unit's log for its next process; one that has grown beyond its bound is put aside as `.1`. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const log = openSync(path, append, mode);
  if (fstatSync(log).size <= logBytesMax) return log;
  closeSync(log);
  renameSync(path, `${path}.1`);
  return openSync(path, append, mode);
}

/**
 * The same for a process that goes on writing: it keeps its descriptor, so the log is copied and emptied. What it writes between
 * the two is lost.
 */
export async function boundLog(path: string): Promise<void> {
  const log = await open(path, O_RDWR | O_NOFOLLOW);
  try {
    if ((await log.stat()).size <= logBytesMax) return;
    await rm(`${path}.1`, { force: true });
    const aside = await open(`${path}.1`, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    await pipeline(log.createReadStream({ start: 0, autoClose: false }), aside.createWriteStream());
    await log.truncate(0);
  } finally {
    await log.close();
  }
}
