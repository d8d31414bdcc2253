import { chmod, mkdir, mkdtemp, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { closedFolder, copyPostgres, linkLibraries } from "./binaries.ts";

let folder: string;
let native: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-binaries-"));
  await chmod(folder, 0o755);
  native = join(folder, "native");
  await mkdir(join(native, "bin"), { recursive: true });
  await mkdir(join(native, "lib"));
  await writeFile(join(native, "bin", "postgres"), "#!/bin/sh\n", { mode: 0o700 });
  await writeFile(join(native, "lib", "libpq.so.5.18"), "", { mode: 0o600 });
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  await writeFile(join(native, "pg-symlinks.json"), JSON.stringify(links));
});
afterEach(() => rm(folder, { recursive: true }));

it("makes the links that npm can't carry, once and again", async () => {
  await linkLibraries(native);
  await linkLibraries(native);
  expect(await readlink(join(native, "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
});

it("copies what only its owner can read into what everybody can run, two at once too", async () => {
  await chmod(native, 0o700);
  const target = join(folder, "copy", "18");
  await Promise.all([copyPostgres(native, target), copyPostgres(native, target)]);
  const modes = await Promise.all(
    ["", "bin", "bin/postgres", "lib/libpq.so.5.18"].map(async (path) => (await stat(join(target, path))).mode & 0o777),
  );
  expect(modes).toEqual([0o755, 0o755, 0o755, 0o755]);
  expect(await readlink(join(target, "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
  expect(await closedFolder(target)).toBeNull();
});

it("names the folder on the way that others can't enter", async () => {
  expect(await closedFolder(join(native, "bin"))).toBeNull();
  await chmod(folder, 0o700);
  expect(await closedFolder(join(native, "bin"))).toBe(folder);
  expect(await closedFolder(join(native, "not", "there"))).toBe(folder);
});
