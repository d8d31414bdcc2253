import { createHash, randomUUID } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ManifestSource } from "../../domain/release/module-source.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { pack, parsed, unpack } from "./stored-module.ts";

/** What is known of the modules of a root: where each lies, its stamp, and what was read under that stamp. */
export type RootIndex = Readonly<
  Record<string, { readonly stamp: string; readonly digest: Digest; readonly manifest: ManifestSource | null }>
>;

const folderPattern = /^source-models-[0-9a-f]{16}$/;
const unusedMsMax = 14 * 24 * 3_600_000;

/**
 * Parsed modules by digest, and an index per root, below `source-models-<version>` of a directory: what another version of the parser
 * wrote is never read. Nothing in it is needed: what is missing or can't be read is parsed again. Several processes may use it at once,
 * because every file is written beside its place and then renamed.
 */
export class ModuleCache {
  readonly #modules: string;
  readonly #roots: string;

  private constructor(folder: string) {
    this.#modules = join(folder, "modules");
    this.#roots = join(folder, "roots");
  }

  /**
   * @param version of everything that decides what is read and how
   * @returns null when the directory can't be made, or others may write to it: what lies in the cache is believed
   */
  static open(directory: string, version: string): ModuleCache | null {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const facts = lstatSync(directory);
      if (!facts.isDirectory() || facts.uid !== process.getuid?.() || (facts.mode & 0o022) !== 0) return null;
      const folder = join(directory, `source-models-${createHash("sha256").update(version).digest("hex").slice(0, 16)}`);
      const isNew = !existsSync(folder);
      const cache = new ModuleCache(folder);
      mkdirSync(cache.#modules, { recursive: true, mode: 0o700 });
      mkdirSync(cache.#roots, { recursive: true, mode: 0o700 });
      if (isNew) removeUnused(directory);
      return cache;
    } catch {
      return null;
    }
  }

  has(digest: Digest): boolean {
    return existsSync(this.#file(digest));
  }

  /** The bytes as they lie there, unchecked. */
  read(digest: Digest): Buffer | null {
    return readOrNull(this.#file(digest));
  }

  /** @returns false when it can't be kept: a full disk, for instance */
  write(digest: Digest, bytes: Buffer): boolean {
    return writeBeside(this.#file(digest), bytes);
  }

  readIndex(root: string): RootIndex {
    const bytes = readOrNull(this.#rootFile(root));
    const lines = bytes === null ? null : unpack(root, bytes);
    return lines === null ? {} : (parsed(lines[0]) as RootIndex);
  }

  writeIndex(root: string, index: RootIndex): void {
    writeBeside(this.#rootFile(root), pack(root, [index]));
  }

  #file(digest: Digest): string {
    return join(this.#modules, digest.slice("sha256:".length));
  }

  #rootFile(root: string): string {
    return join(this.#roots, root);
  }
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** Not synced: what a crash leaves half written doesn't agree with its first line, and is read anew. */
function writeBeside(file: string, bytes: Buffer): boolean {
  const beside = `${file}.${randomUUID()}`;
  try {
    writeFileSync(beside, bytes, { mode: 0o600, flag: "wx" });
    renameSync(beside, file);
    return true;
  } catch {
    rmSync(beside, { force: true });
    return false;
  }
}

/** What other versions left and nobody has used for long. */
function removeUnused(directory: string): void {
  for (const name of readdirSync(directory)) {
    const facts = folderPattern.test(name) ? lstatSync(join(directory, name, "roots"), { throwIfNoEntry: false }) : undefined;
    if (facts !== undefined && Date.now() - facts.mtimeMs > unusedMsMax) rmSync(join(directory, name), { recursive: true, force: true });
  }
}
