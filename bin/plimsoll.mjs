#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const compiled = new URL("../dist/main/cli.js", import.meta.url);
const source = new URL("../src/main/cli.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= 24 && existsSync(compiled) && !existsSync(source)) {
  await import(compiled.href);
} else if (existsSync(source)) {
  // In a checkout: set-up brings Node 24 where the machine's is older.
  const { foreground } = await import("../tools/setup/process.mjs");
  process.exitCode = await foreground(process.execPath, [
    fileURLToPath(new URL("../tools/run.mjs", import.meta.url)),
    "plimsoll",
    ...process.argv.slice(2),
  ]);
} else {
  process.stderr.write(`plimsoll needs Node 24 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
}
