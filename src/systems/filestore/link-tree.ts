import { randomUUID } from "node:crypto";
import { chmod, chown, copyFile, link, lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { linksRefused } from "./check-links.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import { entriesOf, scratchPrefix, unlessGone } from "./folders.ts";

/** More gain nothing: Node's file system calls run on four threads. */
const linksAtOnce = 32;

export interface Linking {
  readonly source: string;
  readonly target: string;
  readonly signal: AbortSignal;
  readonly progress: (fraction: number) => void;
}

/**
 * Hard-links every file that the target tree lacks. Each link is one atomic step and nothing is taken away, so that it
 * may be interrupted anywhere and run again; files are named by their content, so an equal name is an equal file.
 */
export async function linkTree(linking: Linking): Promise<{ readonly linked: number }> {
  const { folders } = await entriesOf(linking.source);
  let linked = await linkFolder(linking, "", false);
  for (const [index, folder] of folders.entries()) {
    linked += await linkFolder(linking, folder, true);
    linking.progress((index + 1) / folders.length);
  }
  return { linked };
}

async function linkFolder(linking: Linking, folder: string, deep: boolean): Promise<number> {
  linking.signal.throwIfAborted();
  const source = join(linking.source, folder);
  const target = join(linking.target, folder);
  const { files, folders } = await entriesOf(source);
  await makeFolder(source, target);
  const there = new Set(await readdir(target));
  const missing = files.filter((name) => !there.has(name));
  let linked = 0;
  await eachBounded(missing, linksAtOnce, async (name) => {
    linking.signal.throwIfAborted();
    if (await linkFile(join(source, name), join(target, name))) linked += 1;
  });
  if (deep) for (const below of folders) linked += await linkFolder(linking, join(folder, below), true);
  return linked;
}

/** @returns false when the file has come or gone meanwhile */
async function linkFile(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (cause) {
    switch ((cause as NodeJS.ErrnoException).code) {
      case "EEXIST":
        return false;
      case "ENOENT":
        // Garbage collection of the live tree took it; if it is still there, the target folder is what is missing.
        if ((await unlessGone(lstat(source))) === null) return false;
        throw cause;
      case "EMLINK":
        // ext4 allows 65,000 links to a file.
        await copyBeside(source, target);
        return true;
      case "EXDEV":
      case "EPERM":
      case "ENOTSUP":
      case "EOPNOTSUPP":
        throw linksRefused(source, target, cause);
      default:
        throw cause;
    }
  }
}

async function copyBeside(source: string, target: string): Promise<void> {
  const beside = join(dirname(target), `${scratchPrefix}${randomUUID()}`);
  try {
    await copyFile(source, beside);
    await takeOwner(source, beside);
    await rename(beside, target);
  } finally {
    await rm(beside, { force: true });
  }
}

/**
 * Makes a folder with owner and mode of its model. It appears complete or not at all: a folder that root made and died
 * before giving it away would be one that Odoo can't write to.
 */
async function makeFolder(model: string, folder: string): Promise<void> {
  if ((await unlessGone(stat(folder))) !== null) return;
  const beside = join(dirname(folder), `${scratchPrefix}${randomUUID()}`);
  await mkdir(beside);
  try {
    await takeOwner(model, beside);
    await rename(beside, folder);
  } catch (cause) {
    await rm(beside, { recursive: true, force: true });
    // Odoo made it meanwhile and has put a file into it.
    if ((cause as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw cause;
  }
}

async function takeOwner(model: string, path: string): Promise<void> {
  const wanted = await stat(model);
  const seen = await stat(path);
  if (wanted.uid !== seen.uid || wanted.gid !== seen.gid) {
    await chown(path, wanted.uid, wanted.gid).catch((cause: unknown) => {
      // Without root a group may not be ours to give; the owner has its rights all the same.
      if (wanted.uid !== seen.uid) throw cause;
    });
  }
  await chmod(path, wanted.mode & 0o7777);
}
