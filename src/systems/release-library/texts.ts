import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import { altered, type BlobStore } from "./blob-store.ts";

const readsAtOnce = 16;

/**
 * Texts of files of a release; null: not UTF-8. Every byte that is given was verified.
 *
 * @throws NOT_FOUND when the release or a file of it isn't there, RELEASE_ALTERED
 */
export async function readTexts(blobs: BlobStore, digest: Digest, paths: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  const files = new Map((await blobs.content(digest)).files.map((file) => [file.path, file.digest]));
  const texts = new Map<string, string | null>();
  await eachBounded([...new Set(paths)], readsAtOnce, async (path) => {
    const expected = files.get(path);
    if (expected === undefined)
      throw new PlimsollError("NOT_FOUND", `The release ${digest} has no file ${path}.`, { facts: { digest, file: path } });
    const bytes = await readFile(blobs.blobPath(expected)).catch(() => null);
    if (bytes === null || `sha256:${createHash("sha256").update(bytes).digest("hex")}` !== expected) throw altered(digest, path);
    texts.set(path, decode(bytes));
  });
  return texts;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
