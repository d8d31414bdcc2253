import { createHash, randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Digest } from "../../domain/shared/digest.ts";
import type { ReleaseContent, ReleaseFile } from "../../domain/release/release.ts";
import { type BlobStore, altered, hashOfFile } from "./blob-store.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";

const filesAtOnce = 8;

/** 1980-01-01, the oldest time that every archive format can carry. */
const firstMtimeSeconds = 315_532_800;

/**
 * Modification time of a file in a tree, in seconds: derived from its content, because Odoo's asset versions and Python's
 * bytecode caches hang on times; different content must not keep the time, and the same content must not change it.
 * 2^30 possible values, 1980 to 2014.
 */
export function mtimeOf(digest: Digest): number {
  return firstMtimeSeconds + (Number.parseInt(digest.slice(7, 15), 16) >>> 2);
}

/**
 * The folder that Odoo runs from. An existing one is compared byte by byte; one that differs in anything is built anew
 * from the stored bytes.
 *
 * @returns path of the tree
 * @throws NOT_FOUND, RELEASE_ALTERED
 */
export async function materialiseTree(trees: string, digest: Digest, blobs: BlobStore): Promise<string> {
  const tree = join(trees, digest.slice(7));
  const content = await blobs.content(digest);
  if (await isIntact(tree, content)) return tree;
  const beside = join(trees, `.building-${randomUUID()}`);
  try {
    await build(beside, digest, content, blobs);
    if (await putInPlace(beside, tree)) return tree;
  } finally {
    await removeTree(beside);
  }
  // Somebody else put theirs there first.
  if (!(await isIntact(tree, content))) throw altered(digest, "its materialised tree, which changes while it is built,");
  return tree;
}

async function build(root: string, digest: Digest, content: ReleaseContent, blobs: BlobStore): Promise<void> {
  const folders = foldersOf(content);
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true, mode: 0o755 });
  await eachBounded(content.files, filesAtOnce, async (file) => {
    const bytes = await readFile(blobs.blobPath(file.digest));
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== file.digest) throw altered(digest, file.path);
    const handle = await open(join(root, file.path), "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.utimes(mtimeOf(file.digest), mtimeOf(file.digest));
      await handle.chmod(fileMode(file));
    } finally {
      await handle.close();
    }
  });
  for (const folder of [...folders].toReversed()) {
    await utimes(join(root, folder), firstMtimeSeconds, firstMtimeSeconds);
    await chmod(join(root, folder), 0o555);
  }
}

/** Files of a tree are readable for every user of the system and writable for none. */
function fileMode(file: ReleaseFile): number {
  return file.mode === "755" ? 0o555 : 0o444;
}

/** Every folder of a tree, parents before children, the root (`""`) first. */
function foldersOf(content: ReleaseContent): ReadonlySet<string> {
  const folders = new Set([""]);
  for (const file of content.files) {
    const parts = file.path.split("/");
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(parts.slice(0, depth).join("/"));
  }
  return folders;
}

async function isIntact(root: string, content: ReleaseContent): Promise<boolean> {
  const files = new Map(content.files.map((file) => [file.path, file]));
  const folders = foldersOf(content);
  const seen = await shapeOf(root, folders);
  if (seen === null || seen.length !== files.size || !seen.every((path) => files.has(path))) return false;
  let intact = true;
  await eachBounded(content.files, filesAtOnce, async (file) => {
    // Not `&&=`: it would read before the wait and write after it, over another file's answer.
    if (intact && !(await isFileIntact(join(root, file.path), file))) intact = false;
  });
  return intact;
}

async function isFileIntact(path: string, file: ReleaseFile): Promise<boolean> {
  const facts = await lstat(path).catch(() => null);
  if (facts === null || !facts.isFile() || facts.size !== file.sizeBytes) return false;
  if ((facts.mode & 0o7777) !== fileMode(file) || Math.floor(facts.mtimeMs / 1000) !== mtimeOf(file.digest)) return false;
  return (await hashOfFile(path)) === file.digest;
}

/** Paths of everything in a tree that is not a folder; null when a folder is missing, strange or writable. */
async function shapeOf(root: string, folders: ReadonlySet<string>): Promise<readonly string[] | null> {
  const files: string[] = [];
  for (const folder of folders) {
    const facts = await lstat(join(root, folder)).catch(() => null);
    if (facts === null || !facts.isDirectory() || (facts.mode & 0o7777) !== 0o555) return null;
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) files.push(path);
      else if (!folders.has(path)) return null;
    }
  }
  return files;
}

/** @returns false when another process was faster */
async function putInPlace(beside: string, tree: string): Promise<boolean> {
  const old = join(dirname(tree), `.altered-${randomUUID()}`);
  await rename(tree, old).catch(ignore("ENOENT"));
  const placed = await rename(beside, tree).then(() => true, ignore("ENOTEMPTY", "EEXIST"));
  await removeTree(old);
  return placed;
}

function ignore(...codes: readonly string[]): (cause: NodeJS.ErrnoException) => false {
  return (cause) => {
    if (!codes.includes(cause.code ?? "")) throw cause;
    return false;
  };
}

/** Read-only folders must be made writable before what is in them can go, unless root does it. */
export async function removeTree(root: string): Promise<void> {
  const facts = await lstat(root).catch(() => null);
  if (facts === null) return;
  if (facts.isDirectory()) await makeWritable(root);
  await rm(root, { recursive: true, force: true });
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
