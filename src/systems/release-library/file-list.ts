import type { BigIntStats } from "node:fs";
import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { eachBounded } from "./bounded.ts";
import { isIgnored } from "./portable-names.ts";

export interface ListedFile {
  /** `<label>/<path>` */
  readonly path: string;
  readonly realPath: string;
  readonly mode: "644" | "755";
  readonly sizeBytes: number;
  /** Size, times and inode: a file that has the same stamp is taken to have the same bytes. */
  readonly stamp: string;
  /** Target of a link that leads nowhere; its bytes are this text. */
  readonly danglesTo: string | null;
}

const looksAtOnce = 16;

/** Every file below a path, or the file that it is, sorted by path; caches and git's folders left out. Links are followed. */
export async function listFiles(path: string, label: string): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  let level: readonly { readonly real: string; readonly label: string; readonly above: readonly string[] }[] = [{ real: await realpath(path), label, above: [] }];
  // Level by level, so that the number of open folders stays bounded.
  while (level.length > 0) {
    const next: { real: string; label: string; above: readonly string[] }[] = [];
    await eachBounded(level, looksAtOnce, async (entry) => {
      const facts = await stat(entry.real, { bigint: true });
      if (facts.isFile()) files.push(listed(entry.label, entry.real, facts));
      if (!facts.isDirectory()) return;
      for (const child of await readdir(entry.real, { withFileTypes: true })) {
        if (isIgnored(child.name)) continue;
        const below = join(entry.real, child.name);
        const real = child.isSymbolicLink() ? await realpath(below).catch(() => null) : below;
        if (real === null) files.push(dangling(`${entry.label}/${child.name}`, below, await readlink(below)));
        else if (real !== entry.real && !entry.above.includes(real)) next.push({ real, label: `${entry.label}/${child.name}`, above: [...entry.above, entry.real] });
      }
    });
    level = next;
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function listed(path: string, realPath: string, facts: BigIntStats): ListedFile {
  return {
    path,
    realPath,
    mode: (facts.mode & 0o100n) === 0n ? "644" : "755",
    sizeBytes: Number(facts.size),
    // The change time too: it can't be set back, unlike the modification time.
    stamp: `${facts.size} ${facts.mtimeNs} ${facts.ctimeNs} ${facts.ino} ${facts.mode}`,
    danglesTo: null,
  };
}

function dangling(path: string, realPath: string, danglesTo: string): ListedFile {
  return { path, realPath, mode: "644", sizeBytes: 0, stamp: `link ${danglesTo}`, danglesTo };
}
