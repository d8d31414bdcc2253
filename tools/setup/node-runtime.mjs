import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fillDirectory, openDirectory } from "./cache.mjs";
import { capture, lastLines } from "./process.mjs";
import { SetupError, phase } from "./progress.mjs";

export const pinnedNode = "24.21.0";

export function isNewEnough(version) {
  return Number(version.replace(/^v/, "").split(".")[0]) >= 24;
}

async function answers(binary) {
  if (!existsSync(binary)) return false;
  const { code, stdout } = await capture(binary, ["--version"]);
  return code === 0 && stdout.trim() === `v${pinnedNode}`;
}

/** The path of a Node ≥ 24: the running one, or the pinned one from the npm registry, which verifies what it hands out. */
export async function ensureNode(cache, lock) {
  if (isNewEnough(process.version)) return process.execPath;
  const target = join(cache, "node", pinnedNode);
  const binary = join(target, "bin", "node");
  if (await answers(binary)) return binary;
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new SetupError(
      `Node ${process.version} is too old, and there is no pinned one for ${process.platform} ${process.arch}`,
      "",
      "install Node 24 and run again",
    );
  }
  await lock();
  if (await answers(binary)) return binary;
  const name = `node-linux-${process.arch}@${pinnedNode}`;
  await phase(`Node ${pinnedNode}`, "downloading", () =>
    fillDirectory(target, async (into) => {
      const arriving = openDirectory(join(into, "arriving"));
      const packed = await capture("npm", ["pack", name, "--loglevel=error", "--pack-destination", arriving], { cwd: arriving });
      const archive = readdirSync(arriving).find((file) => file.endsWith(".tgz"));
      if (packed.code !== 0 || !archive)
        throw new SetupError(
          `npm couldn't get ${name}`,
          lastLines(packed.output),
          "check that `npm ping` works, or install Node 24, and run again",
        );
      const unpacked = await capture("tar", [
        "-xzf",
        join(arriving, archive),
        "-C",
        arriving,
        "--no-same-owner",
        "package/bin/node",
        "package/LICENSE",
        "package/package.json",
      ]);
      if (unpacked.code !== 0) throw new SetupError(`${archive} couldn't be unpacked`, lastLines(unpacked.output), "run again");
      for (const entry of readdirSync(join(arriving, "package"))) renameSync(join(arriving, "package", entry), join(into, entry));
      rmSync(arriving, { recursive: true });
    }),
  );
  if (!(await answers(binary))) {
    rmSync(target, { recursive: true, force: true });
    throw new SetupError(
      `the downloaded Node ${pinnedNode} doesn't answer \`--version\``,
      "Its C library may not fit this system.",
      "install Node 24 and run again",
    );
  }
  return binary;
}

/** The environment in which `node`, `npm` and the packages' commands are those of Node 24. */
export function envWithNode(node, env = process.env) {
  return { ...env, PATH: `${dirname(node)}:${env.PATH ?? "/usr/bin:/bin"}` };
}
