import { randomUUID } from "node:crypto";
import { link, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { entriesOf, scratchPrefix, unlessGone } from "./folders.ts";

/** Every folder of a tree must be on the file system of the folder in which the clone's tree will be made. */
export async function checkDevices(tree: string, trees: string): Promise<void> {
  const wanted = (await stat(trees)).dev;
  const { folders } = await entriesOf(tree);
  for (const folder of [tree, ...folders.map((name) => join(tree, name))]) {
    const facts = await unlessGone(stat(folder));
    if (facts !== null && facts.dev !== wanted) throw linksRefused(folder, trees, null);
  }
}

/** Makes one real link to a file of the tree and takes it away again: some file systems and rights refuse where devices agree. */
export async function tryLink(tree: string, trees: string): Promise<void> {
  const file = await someFile(tree);
  if (file === null) return;
  const probe = join(trees, `${scratchPrefix}${randomUUID()}`);
  try {
    await link(file, probe);
  } catch (cause) {
    // Garbage collection may take exactly this file away.
    if ((await unlessGone(stat(file))) === null) return;
    throw linksRefused(file, trees, cause);
  }
  await unlink(probe);
}

async function someFile(folder: string): Promise<string | null> {
  const { files, folders } = await entriesOf(folder);
  if (files[0] !== undefined) return join(folder, files[0]);
  for (const name of folders) {
    const found = await someFile(join(folder, name));
    if (found !== null) return found;
  }
  return null;
}

/** Hard links from one place to another are refused. */
export function linksRefused(from: string, to: string, cause: unknown): PlimsollError {
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? "EXDEV";
  const other = code === "EXDEV";
  return new PlimsollError(
    "FILESTORE_OTHER_FILESYSTEM",
    other
      ? `${from} and ${to} are on different file systems, so attachments can't be hard-linked.`
      : `Hard links from ${from} to ${to} are refused (${code}).`,
    {
      why: "The clone gets its attachments by hard links: they take no room and no time while users wait.",
      fix: other
        ? "Put the whole data directory on one file system."
        : "Run Plimsoll as root or as the owner of the files, on a file system that has hard links.",
      facts: { from, to, code },
    },
    cause ?? undefined,
  );
}
