import { type BigIntStats, type Dirent, readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as immediately } from "node:timers/promises";
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

interface Folder {
  readonly real: string;
  readonly label: string;
  /** Real paths of the folders above, so that a link that leads back ends there. */
  readonly above: readonly string[];
}

/**
 * Every file below a path, or the file that it is, sorted by path; caches and git's folders left out. Links are followed.
 *
 * Twenty thousand files are looked at before every change: synchronous calls take a quarter of the time of awaited ones
 * (0.3 s instead of 1.2 s), and after every folder others get their turn.
 */
export async function listFiles(path: string, label: string): Promise<readonly ListedFile[]> {
  const root = await realpath(path);
  const facts = statSync(root, { bigint: true });
  if (!facts.isDirectory()) return [listed(label, root, facts)];
  const files: ListedFile[] = [];
  const folders: Folder[] = [{ real: root, label, above: [] }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder.real, { withFileTypes: true })) {
      if (!isIgnored(entry.name)) look(folder, entry, files, folders);
    }
    await immediately();
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function look(folder: Folder, entry: Dirent, files: ListedFile[], folders: Folder[]): void {
  const below = join(folder.real, entry.name);
  const label = `${folder.label}/${entry.name}`;
  const real = entry.isSymbolicLink() ? realTarget(below) : below;
  if (real === null) {
    files.push(dangling(label, below, readlinkSync(below)));
    return;
  }
  const facts = statSync(real, { bigint: true, throwIfNoEntry: false });
  if (facts?.isFile()) files.push(listed(label, real, facts));
  if (facts?.isDirectory() && real !== folder.real && !folder.above.includes(real))
    folders.push({ real, label, above: [...folder.above, folder.real] });
}

function realTarget(link: string): string | null {
  try {
    return realpathSync(link);
  } catch {
    return null;
  }
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
