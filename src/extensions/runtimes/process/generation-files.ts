import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Generation } from "../../../app/ports/odoo-runtime.ts";
import type { RuntimePaths } from "./render.ts";

/** What each generation is, kept so that asking again gives the same ports. Older ones that don't run are forgotten. */
export interface GenerationFiles {
  read(id: string): Promise<Generation | null>;
  list(): Promise<Generation[]>;
  write(generation: Generation): Promise<void>;
  /** Keeps the newest `keep` of those that `inUse` doesn't name. */
  prune(inUse: ReadonlySet<string>, keep: number): Promise<void>;
}

export function generationFiles(paths: RuntimePaths): GenerationFiles {
  const path = (id: string): string => join(paths.generations, `${id}.json`);

  async function read(id: string): Promise<Generation | null> {
    try {
      return JSON.parse(await readFile(path(id), "utf8")) as Generation;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }

  async function list(): Promise<Generation[]> {
    const names = await readdir(paths.generations).catch(() => []);
    const ids = names.filter((name) => /^[\w-]+\.json$/.test(name)).map((name) => name.slice(0, -".json".length));
    const found = await Promise.all(ids.map(read));
    return found.filter((generation) => generation !== null).sort((a, b) => compareIds(a.id, b.id));
  }

  return {
    read,
    list,
    async write(generation) {
      await mkdir(paths.generations, { recursive: true, mode: 0o700 });
      const part = `${path(generation.id)}.part`;
      await writeFile(part, `${JSON.stringify(generation)}\n`, { mode: 0o600 });
      await rename(part, path(generation.id));
    },
    async prune(inUse, keep) {
      const idle = (await list()).filter((generation) => !inUse.has(generation.id));
      for (const old of idle.slice(0, Math.max(0, idle.length - keep))) {
        await rm(path(old.id), { force: true });
        for (const role of ["web", "background"]) await rm(join(paths.privateDirectory, `${old.id}-${role}.conf`), { force: true });
      }
    },
  };
}

/** g2 before g10. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
