import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Names under which something is being made; they are no part of a tree. */
export const scratchPrefix = ".plimsoll-";

/** Null for what isn't there: Odoo's garbage collection takes files away while a tree is walked. */
export async function unlessGone<T>(looking: Promise<T>): Promise<T | null> {
  return looking.catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null;
    throw cause;
  });
}

/** Files and folders directly in a folder; links count as files. */
export async function entriesOf(folder: string): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  const entries = ((await unlessGone(readdir(folder, { withFileTypes: true }))) ?? []).filter(
    (entry) => !entry.name.startsWith(scratchPrefix),
  );
  const names = Map.groupBy(entries, (entry) => (entry.isDirectory() ? "folders" : "files"));
  return { files: (names.get("files") ?? []).map((entry) => entry.name), folders: (names.get("folders") ?? []).map((entry) => entry.name) };
}

/** Every folder of a tree with the names of its files, one after the other. */
export async function eachFolder(folder: string, visit: (folder: string, files: readonly string[]) => Promise<void>): Promise<void> {
  const { files, folders } = await entriesOf(folder);
  await visit(folder, files);
  for (const name of folders) await eachFolder(join(folder, name), visit);
}
