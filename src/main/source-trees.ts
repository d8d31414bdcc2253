import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { SourceTrees } from "../app/ports/source-trees.ts";
import { readModuleSource } from "../odoo/source/read-module.ts";
import { openSourceTrees as openTrees } from "../systems/source-trees/source-trees.ts";
import type { Variables } from "./home.ts";

const threads = 2;
/** Of one thread; one that needs more is ended, and its module counts as unreadable. */
const heapMiBMax = 512;

/** Where what was parsed is kept for whoever has no home: `XDG_CACHE_HOME`, or `~/.cache`. */
export function cacheDirectoryOf(env: Variables): string {
  const given = env["XDG_CACHE_HOME"];
  return join(given === undefined || given === "" ? join(homedir(), ".cache") : given, "plimsoll");
}

/** @param cacheDirectory null: nothing is kept */
export function openSourceTrees(cacheDirectory: string | null): SourceTrees {
  // In development the sources run as they are; published they are JavaScript.
  const file = import.meta.url.endsWith(".ts") ? "./parse-thread.ts" : "./parse-thread.js";
  return openTrees({
    cacheDirectory,
    version: parserVersion(),
    threads,
    startThread: (workerData) =>
      new Worker(new URL(file, import.meta.url), { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMiBMax } }),
    readModule: readModuleSource,
  });
}

/** Of the code that reads modules, and of the packages that it reads them with. */
function parserVersion(): string {
  const hash = createHash("sha256");
  for (const folder of ["../odoo/source/", "../systems/source-trees/"]) {
    const directory = fileURLToPath(new URL(folder, import.meta.url));
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted()) {
      if (/(?<!\.test)\.(ts|js)$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
    }
  }
  return hash.update(readFileSync(new URL("../../package.json", import.meta.url))).digest("hex");
}
