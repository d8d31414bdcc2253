import type { Filestore } from "../../../src/app/ports/filestore.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";

/** Attachment trees in memory: database name to file names. */
export class FakeFilestore implements Filestore {
  readonly trees: Map<string, Set<string>> = new Map();
  readonly #live: () => string;
  diskFreeBytes = 50_000_000_000;
  linksWork = true;

  constructor(live: () => string) {
    this.#live = live;
  }

  async measure(database: string): Promise<{ readonly files: number; readonly bytes: number; readonly diskFreeBytes: number }> {
    const tree = this.#require(database);
    return { files: tree.size, bytes: tree.size * 1_000, diskFreeBytes: this.diskFreeBytes };
  }

  async checkLinks(database: string): Promise<void> {
    this.#require(database);
    if (!this.linksWork) throw new PlimsollError("FILESTORE_OTHER_FILESYSTEM", "Hard links can't be made in the data directory.");
  }

  async linkMissing(
    from: string,
    to: string,
    options: { readonly signal: AbortSignal; readonly progress?: (fraction: number) => void },
  ): Promise<{ readonly linked: number }> {
    options.signal.throwIfAborted();
    const source = this.#require(from);
    const target = this.trees.get(to) ?? new Set<string>();
    const missing = [...source].filter((file) => !target.has(file));
    this.trees.set(to, new Set([...target, ...missing]));
    options.progress?.(1);
    return { linked: missing.length };
  }

  exists(database: string): Promise<boolean> {
    return Promise.resolve(this.trees.has(database));
  }

  async remove(database: string): Promise<void> {
    const live = this.#live();
    if (database === live || !database.startsWith(`${live}_pl_`))
      throw new PlimsollError("STATE_UNEXPECTED", `The tree of ${database} isn't a deployment's.`);
    this.trees.delete(database);
  }

  #require(database: string): Set<string> {
    const tree = this.trees.get(database);
    if (tree === undefined) throw new PlimsollError("FILESTORE_MISSING", `There is no filestore for ${database}.`);
    return tree;
  }
}
