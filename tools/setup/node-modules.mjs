import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { envWithNode } from "./node-runtime.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, phase } from "./progress.mjs";

/** Makes node_modules what package-lock.json says. Install scripts don't run: what we need of them is done by hand. */
export async function ensureNodeModules(checkout, node, lock) {
  const wanted = createHash("sha256")
    .update(readFileSync(join(checkout, "package-lock.json")))
    .digest("hex");
  const stamp = join(checkout, "node_modules", ".plimsoll-stamp");
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, "utf8").trim() === wanted;
  if (isCurrent()) return;
  await lock();
  if (isCurrent()) return;
  const result = await phase("npm packages", "installing", () =>
    capture("npm", ["ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund", "--include=dev"], {
      cwd: checkout,
      env: envWithNode(node),
    }),
  );
  if (result.code !== 0)
    throw new SetupError(
      "npm ci failed",
      lastLines(result.output),
      "make package-lock.json fit package.json under Node 24, or check that `npm ping` works, and run again",
    );
  writeFileSync(stamp, `${wanted}\n`);
}
