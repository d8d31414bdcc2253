import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import { isDigest, type Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ReleaseContent, ReleaseFile } from "../../domain/release/release.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import type { CopiedFile } from "./snapshot.ts";

const syncsAtOnce = 16;
const readsAtOnce = 4;
const wholeBytesMax = 8 * 1024 * 1024;

/** Files and releases by digest, each written once and never changed. */
export interface BlobStore {
  /** Path of a file's bytes. */
  blobPath(digest: Digest): string;
  /** Moves copies into the store; bytes that are there already stay, unless they were altered. Durable when it returns. */
  keepFiles(files: readonly CopiedFile[]): Promise<void>;
  keepContent(content: ReleaseContent): Promise<Digest>;
  /** @throws NOT_FOUND, RELEASE_ALTERED */
  content(digest: Digest): Promise<ReleaseContent>;
  /** Reads every byte of a release. @throws NOT_FOUND, RELEASE_ALTERED naming the first file that differs */
  verify(digest: Digest): Promise<ReleaseContent>;
}

export function createBlobStore(directory: string): BlobStore {
  const blobPath = (digest: Digest): string => join(directory, "blobs", digest.slice(7, 9), digest.slice(9));
  const contentPath = (digest: Digest): string => join(directory, "contents", `${digest.slice(7)}.json`);
  const content = async (digest: Digest): Promise<ReleaseContent> => {
    const text = isDigest(digest) ? await readFile(contentPath(digest), "utf8").catch(() => null) : null;
    if (text === null) {
      throw new PlimsollError("NOT_FOUND", `The release ${digest} is not in the library.`, {
        fix: "Create the release again from its source.",
        facts: { digest },
      });
    }
    if (sha256(text) !== digest) throw altered(digest, "its list of files");
    return JSON.parse(text) as ReleaseContent;
  };
  return {
    blobPath,
    content,
    async keepFiles(files: readonly CopiedFile[]): Promise<void> {
      const copies = new Map(files.map((file) => [file.digest, file.copy]));
      const folders = new Set<string>();
      await eachBounded([...copies], syncsAtOnce, async ([digest, copy]) => {
        const path = blobPath(digest);
        if ((await hashOfFile(path)) === digest) return;
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await syncPath(copy);
        await chmod(copy, 0o444);
        await rename(copy, path);
        folders.add(dirname(path));
      });
      await eachBounded([...folders, join(directory, "blobs")], syncsAtOnce, syncPath);
    },
    async keepContent(value: ReleaseContent): Promise<Digest> {
      const text = canonicalJson(value as unknown as Json);
      const digest = sha256(text);
      const path = contentPath(digest);
      if ((await hashOfFile(path)) === digest) return digest;
      const beside = `${path}.${randomUUID()}`;
      try {
        const file = await open(beside, "wx", 0o600);
        try {
          await file.writeFile(text);
          await file.chmod(0o444);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } finally {
        await rm(beside, { force: true });
      }
      await syncPath(dirname(path));
      return digest;
    },
    async verify(digest: Digest): Promise<ReleaseContent> {
      const release = await content(digest);
      const bad: ReleaseFile[] = [];
      await eachBounded(onePerDigest(release.files), readsAtOnce, async (file) => {
        if ((await hashOfFile(blobPath(file.digest))) !== file.digest) bad.push(file);
      });
      const first = bad.toSorted((a, b) => (a.path < b.path ? -1 : 1))[0];
      if (first !== undefined) throw altered(digest, first.path);
      return release;
    },
  };
}

/** SHA-256 of a file's bytes; null when it can't be read. */
export async function hashOfFile(path: string): Promise<Digest | null> {
  try {
    const hash = createHash("sha256");
    // A stream costs a millisecond, and nearly all files of a release are small.
    if ((await stat(path)).size <= wholeBytesMax) hash.update(await readFile(path));
    else for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
    return `sha256:${hash.digest("hex")}`;
  } catch {
    return null;
  }
}

export function sha256(text: string): Digest {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

export function altered(digest: Digest, file: string): PlimsollError {
  return new PlimsollError(
    "RELEASE_ALTERED",
    `The stored release ${digest} was altered: ${file} no longer has the bytes it was approved with.`,
    {
      why: "A release is named by the digest of its bytes; nothing runs that differs from it.",
      fix: "Find out who writes into the release library, then create the release again from its source: that repairs the stored bytes.",
      facts: { digest, file },
    },
  );
}

function onePerDigest(files: readonly ReleaseFile[]): readonly ReleaseFile[] {
  const first = new Map<Digest, ReleaseFile>();
  for (const file of files) if (!first.has(file.digest)) first.set(file.digest, file);
  return [...first.values()];
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
