#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const nodeMajorMin = 24;
const isNewEnough = Number(process.versions.node.split(".")[0]) >= nodeMajorMin;
const compiled = new URL("../dist/main/cli.js", import.meta.url);
const source = new URL("../src/main/cli.ts", import.meta.url);

function refuse(...lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
}

if (existsSync(source)) {
  // In a checkout: set-up brings Node 24 where the machine's is older.
  const { foreground } = await import("../tools/setup/process.mjs");
  process.exitCode = await foreground(process.execPath, [
    fileURLToPath(new URL("../tools/run.mjs", import.meta.url)),
    "plimsoll",
    ...process.argv.slice(2),
  ]);
} else if (!isNewEnough) {
  refuse(
    `plimsoll needs Node ${nodeMajorMin} or newer; this is ${process.version} (${process.execPath}).`,
    "Fix: install Node 24 (https://nodejs.org/en/download), and see that it comes first in PATH.",
  );
} else if (existsSync(compiled)) {
  // Before anything else is loaded: what was loaded already isn't cached.
  const { useCompileCache } = await import("../dist/main/compile-cache.js");
  useCompileCache(process.env);
  await import(compiled.href);
} else {
  refuse(`This package of plimsoll is incomplete: ${fileURLToPath(compiled)} is missing.`, "Fix: install it again.");
}
