import { open, readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that is always whole: the old text or the new one, also after a crash of the machine. */
export interface DurableFile {
  /** Null when it was never written. */
  read(): Promise<string | null>;
  /** Returns when the text is on the disk. Calls may not overlap. */
  write(text: string): Promise<void>;
}

export function durableFile(path: string): DurableFile {
  return {
    read: async () => {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    write: (text) => replace(path, text),
  };
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
