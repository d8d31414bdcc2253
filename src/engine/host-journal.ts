import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "../domain/rollout/deployment.ts";

/**
 * What this host remembers of a deployment beside the ledger, for the two moments when the ledger is not enough: when it is
 * away, and when it was set back. Only workers of this host claim its deployments, so a file of this host is seen by all.
 */
export interface HostJournal {
  /**
   * The deployment is being taken back without the ledger. Whoever claims it next must go on going back: a forward step on
   * top of undos that nobody recorded could let users onto the wrong database. Durable when it returns.
   */
  noteGoingBack(deployment: Deployment, reason: string): Promise<void>;
  /** @returns the reason, or null */
  goingBack(deployment: Deployment): Promise<string | null>;
  /** How far the record was when it was last seen: a ledger that shows less was restored from a backup. */
  noteReached(deployment: Deployment, reached: number): Promise<void>;
  /** 0 when nothing was noted. */
  reached(deployment: Deployment): Promise<number>;
  clear(deployment: Deployment): Promise<void>;
}

/** Two small files per deployment under a folder. */
export function fileJournal(folder: string): HostJournal {
  return {
    async noteGoingBack(deployment, reason) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(folder, deployment, "going-back");
      const beside = `${path}.${process.pid}.new`;
      await writeDurably(beside, reason);
      await rename(beside, path);
      await syncFolder(folder);
    },
    goingBack: (deployment) => readIfThere(pathOf(folder, deployment, "going-back")),
    async noteReached(deployment, reached) {
      // Not synced: a power cut together with a restored backup is one fault more than this is for, and it runs in the hold.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = pathOf(folder, deployment, "reached");
      const beside = `${path}.${process.pid}.new`;
      await writeFile(beside, String(reached), { mode: 0o600 });
      await rename(beside, path);
    },
    async reached(deployment) {
      return Number((await readIfThere(pathOf(folder, deployment, "reached"))) ?? 0);
    },
    async clear(deployment) {
      await rm(pathOf(folder, deployment, "going-back"), { force: true });
      await rm(pathOf(folder, deployment, "reached"), { force: true });
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The name is what is looked for: it has to survive a power cut as well as the content. */
async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function readIfThere(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}

/** A restored store gives an id out again; the moment of creation tells the two apart. */
function pathOf(folder: string, { id, environment, createdAt }: Deployment, kind: string): string {
  const key = createHash("sha256").update(`${id}\n${environment}\n${createdAt}`).digest("hex").slice(0, 16);
  return join(folder, `${id.replaceAll(/[^A-Za-z0-9-]/g, "_")}-${key}.${kind}`);
}
