import { digestOf, type Digest } from "../../domain/shared/digest.ts";
import type { ReleaseFile } from "../../domain/release/release.ts";
import { sha256 } from "./blob-store.ts";

/** Over paths (relative to the module), modes and bytes of a module's files. */
export function moduleDigest(files: readonly Pick<ReleaseFile, "path" | "mode" | "digest">[]): Digest {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return digestOf(
    sorted.map(({ path, mode, digest }) => ({ path, mode, digest })),
    sha256,
  );
}
