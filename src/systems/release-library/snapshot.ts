import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ReleaseFile } from "../../domain/release/release.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import { type SourceFile, unreadable } from "./source-tree.ts";

export interface SnapshotLimits {
  readonly fileBytesMax: number;
  readonly releaseBytesMax: number;
  readonly filesMax: number;
}

/** A file of the release and the copy that its digest was taken of. */
export interface CopiedFile extends ReleaseFile {
  readonly copy: string;
}

const chunkBytes = 1024 * 1024;
const copiesAtOnce = 8;
const triesMax = 3;

/**
 * Copies files into a folder and hashes what was copied, so that an editor that saves meanwhile can't make digest and
 * bytes differ.
 *
 * @throws RELEASE_FILE_UNREADABLE, RELEASE_FILE_OVERSIZED
 */
export async function copyFiles(
  files: readonly SourceFile[],
  folder: string,
  limits: SnapshotLimits,
  progress: (done: number) => void,
): Promise<readonly CopiedFile[]> {
  const copied: CopiedFile[] = [];
  let bytes = 0;
  await eachBounded(files, copiesAtOnce, async (file, index) => {
    const copy = join(folder, String(index));
    const result = await copyStable(file, copy, limits);
    bytes += result.sizeBytes;
    if (bytes > limits.releaseBytesMax) throw oversized(file.shown, `the release has more than ${limits.releaseBytesMax} bytes with it`);
    copied.push({ path: file.path, ...result, copy });
    progress(copied.length);
  });
  return copied.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

type Copied = Pick<ReleaseFile, "mode" | "sizeBytes" | "digest">;

/** A file that changes while it is copied could be half old and half new: it is copied again. */
async function copyStable(file: SourceFile, copy: string, limits: SnapshotLimits): Promise<Copied> {
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    const result = await copyOnce(file, copy, limits);
    if (result !== null) return result;
  }
  throw unreadable(file.shown, "it changes while it is read");
}

async function copyOnce(file: SourceFile, copy: string, limits: SnapshotLimits): Promise<Copied | null> {
  // NONBLOCK: a pipe that took the file's place since it was looked at must not stop the work for ever.
  const from = await open(file.realPath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unreadable(file.shown, "it can't be opened", cause);
  });
  try {
    const before = await from.stat({ bigint: true });
    if (!before.isFile()) throw unreadable(file.shown, "it is not a file");
    if (before.size > BigInt(limits.fileBytesMax))
      throw oversized(file.shown, `it has ${before.size} bytes, more than ${limits.fileBytesMax}`);
    const { digest, sizeBytes } = await copyBytes(from, copy, Number(before.size), file, limits);
    const after = await from.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || BigInt(sizeBytes) !== before.size) return null;
    // As in git, the owner's right to execute is the only part of a mode that counts.
    return { mode: (before.mode & 0o100n) === 0n ? "644" : "755", sizeBytes, digest };
  } finally {
    await from.close();
  }
}

async function copyBytes(
  from: FileHandle,
  copy: string,
  expectedBytes: number,
  file: SourceFile,
  limits: SnapshotLimits,
): Promise<{ readonly digest: Digest; readonly sizeBytes: number }> {
  const hash = createHash("sha256");
  // One byte more than expected, so that a file that grew is noticed without another read.
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, expectedBytes + 1));
  let sizeBytes = 0;
  const to = await open(copy, "w", 0o600);
  try {
    for (;;) {
      const bytesRead = await readInto(buffer, from, file);
      if (bytesRead === 0) break;
      sizeBytes += bytesRead;
      if (sizeBytes > limits.fileBytesMax) throw oversized(file.shown, `it has more than ${limits.fileBytesMax} bytes`);
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      // Goes on where the last one ended, and writes all of it.
      await to.writeFile(piece);
    }
  } finally {
    await to.close();
  }
  return { digest: `sha256:${hash.digest("hex")}`, sizeBytes };
}

async function readInto(buffer: Buffer, from: FileHandle, file: SourceFile): Promise<number> {
  const { bytesRead } = await from.read(buffer, 0, buffer.length, null).catch((cause: unknown) => {
    throw unreadable(file.shown, "reading it fails", cause);
  });
  return bytesRead;
}

function oversized(shown: string, what: string): PlimsollError {
  return new PlimsollError("RELEASE_FILE_OVERSIZED", `${shown} is too large for a release: ${what}.`, {
    fix: "Take it out of the module: large data belongs into the database or its attachments.",
    facts: { file: shown },
  });
}
