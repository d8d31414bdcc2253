import { open, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that is always whole: the old text or the new one, also after a crash of the machine. */
export interface DurableFile {
  /** Null when it was never written. */
  read(): Promise<string | null>;
  /** Returns when the text is on the disk. Calls may not overlap. */
  write(text: string): Promise<void>;
}

/** Kept in reserve beside the file: on a full disk the command that ends a hold must still be possible. */
const reserveBytes = 256 * 1024;

/** @param replaceFile makes the new text durable in place of the old; another one is for tests */
export function durableFile(path: string, replaceFile: (path: string, text: string) => Promise<void> = replace): DurableFile {
  const reserve = `${path}.reserve`;
  let reserved = false;
  return {
    read: async () => {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    write: async (text) => {
      try {
        await replaceFile(path, text);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        // Without a reserve the first error is the true one.
        await unlink(reserve).catch(() => Promise.reject(error));
        reserved = false;
        await replaceFile(path, text);
        return;
      }
      if (!reserved) reserved = await fill(reserve);
    },
  };
}

/** Real bytes: a hole would reserve nothing. */
async function fill(reserve: string): Promise<boolean> {
  try {
    await writeFile(reserve, Buffer.alloc(reserveBytes, 1), { mode: 0o600 });
    return true;
  } catch {
    // The disk is still full; the next write tries again.
    await unlink(reserve).catch(() => undefined);
    return false;
  }
}

async function replace(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  try {
    const file = await open(next, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await unlink(next).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** The rename is durable only when the folder is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
