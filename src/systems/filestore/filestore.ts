import { lstat, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Filestore } from "../../app/ports/filestore.ts";
import { checkDevices, tryLink } from "./check-links.ts";
import { eachBounded } from "../../domain/shared/each-bounded.ts";
import { eachFolder, unlessGone } from "./folders.ts";
import { linkTree } from "./link-tree.ts";

export interface FilestoreOptions {
  /** Odoo's data directory; trees are `<dataDirectory>/filestore/<database>`. */
  readonly dataDirectory: string;
  /** Its tree is never removed, and no other than those of its deployments. */
  readonly liveDatabase: string;
}

const looksAtOnce = 32;

/** Odoo's attachment trees below one data directory. */
export function createFilestore(options: FilestoreOptions): Filestore {
  const trees = join(options.dataDirectory, "filestore");
  const treeOf = (database: string): string => join(trees, refuseOddName(database));
  return {
    async measure(database) {
      const tree = await existingTree(treeOf(database), database);
      const total = { files: 0, bytes: 0 };
      await eachFolder(tree, async (folder, files) => {
        await eachBounded(files, looksAtOnce, async (name) => {
          const facts = await unlessGone(lstat(join(folder, name)));
          if (facts === null) return;
          total.files += 1;
          total.bytes += facts.size;
        });
      });
      const disk = await statfs(trees);
      return { ...total, diskFreeBytes: disk.bavail * disk.bsize };
    },
    async checkLinks(database) {
      const tree = await existingTree(treeOf(database), database);
      await checkDevices(tree, trees);
      await tryLink(tree, trees);
    },
    async linkMissing(from, to, { signal, progress }) {
      const source = await existingTree(treeOf(from), from);
      return linkTree({ source, target: treeOf(to), signal, progress: progress ?? (() => {}) });
    },
    async exists(database) {
      return (await unlessGone(stat(treeOf(database))))?.isDirectory() ?? false;
    },
    async remove(database) {
      const tree = treeOf(database);
      if (!isDeploymentTree(database, options.liveDatabase)) throw notADeployments(database, options.liveDatabase);
      await rm(tree, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Trees of deployments are named as their databases are (`candidateName`, `originalName`): `acme_pl_d12`, `acme_pl_d12_try`, `acme_pl_d12_was`. */
function isDeploymentTree(database: string, live: string): boolean {
  const stem = /^(.*)_pl_[a-z0-9]+(?:_was|_try)?$/su.exec(database)?.[1];
  // A long name is cut before its suffix, so the stem is a beginning of the live name.
  return database !== live && stem !== undefined && stem !== "" && live.startsWith(stem);
}

function notADeployments(database: string, live: string): PlimsollError {
  return new PlimsollError(
    "STATE_UNEXPECTED",
    `The filestore tree of ${database} is not removed: it doesn't belong to a deployment of ${live}.`,
    {
      why: "Only trees that a deployment made for its clone may go.",
      facts: { database, liveDatabase: live },
    },
  );
}

/** A database's name is a folder's name here; one that leads elsewhere must not reach the disk. */
function refuseOddName(database: string): string {
  if (database !== "" && database !== "." && database !== ".." && !/[/\0]/.test(database)) return database;
  throw new PlimsollError("INPUT_INVALID", `The database name ${JSON.stringify(database)} can't be the name of a filestore tree.`, {});
}

async function existingTree(tree: string, database: string): Promise<string> {
  if ((await unlessGone(stat(tree)))?.isDirectory()) return tree;
  throw new PlimsollError("FILESTORE_MISSING", `The filestore of ${database} is missing: there is no directory ${tree}.`, {
    why: "A database without its attachments serves pages without styles and documents without content.",
    fix: "Correct the environment's dataDirectory: the attachments are in <dataDirectory>/filestore/<database>.",
    facts: { database, directory: tree },
  });
}
