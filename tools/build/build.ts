/** `npm run build`: src/ as JavaScript in dist/, with the files that it reads beside it. What `npm pack` puts into the package. */
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyAssets } from "./assets.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const source = join(checkout, "src");
const target = join(checkout, "dist");

rmSync(target, { recursive: true, force: true });
const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
// Standard output may be read by a program: `npm pack --json`.
const { status } = spawnSync(process.execPath, [compiler, "-p", join(checkout, "tsconfig.build.json")], { stdio: ["ignore", 2, 2] });
if (status === 0) {
  const assets = copyAssets(source, target);
  const compiled = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js")).length;
  process.stderr.write(`dist: ${compiled} compiled files, ${assets} copied beside them\n`);
} else {
  process.exitCode = status ?? 1;
}
