import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDirectory } from "./cache.mjs";
import { machineMirror, privateApt } from "./debian.mjs";
import { lastLines, pipeline } from "./process.mjs";
import { SetupError, note, phase } from "./progress.mjs";

/** @typedef {{ name: string, suite: "bookworm" | "sid" }} WantedDeb */

export async function sha256Of(file) {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** A package that was downloaded before, if its bytes are still what was downloaded. */
async function cachedDeb(directory, name) {
  if (!existsSync(directory)) return null;
  const files = readdirSync(directory).filter((file) => file.startsWith(`${name}_`) && file.endsWith(".deb"));
  files.sort((a, b) => statSync(join(directory, b)).mtimeMs - statSync(join(directory, a)).mtimeMs);
  for (const file of files) {
    const path = join(directory, file);
    const recorded = existsSync(`${path}.sha256`) ? readFileSync(`${path}.sha256`, "utf8").trim() : "";
    if (recorded === (await sha256Of(path))) return path;
    note(`${file} in the cache isn't what was downloaded; getting it again`);
    rmSync(path, { force: true });
    rmSync(`${path}.sha256`, { force: true });
  }
  return null;
}

const readySuites = new Set();

async function aptFor(cache, part, byHand) {
  const mirror = machineMirror();
  if (mirror === null) throw new SetupError("no Debian mirror is named in this machine's apt sources", "", byHand);
  // Both, always: the lists of one update serve every part.
  const apt = privateApt(openDirectory(join(cache, "apt")), ["bookworm", "sid"], mirror);
  if (!readySuites.has(cache)) {
    const updated = await phase(part, "reading Debian's package lists", () => apt.update());
    if (updated.code !== 0) throw new SetupError("Debian's package lists couldn't be read", lastLines(updated.output), byHand);
    readySuites.add(cache);
  }
  return apt;
}

async function download(cache, part, wanted, byHand) {
  const apt = await aptFor(cache, part, byHand);
  const debs = openDirectory(join(cache, "debs"));
  for (const left of readdirSync(debs)) if (left.startsWith("arriving-")) rmSync(join(debs, left), { recursive: true, force: true });
  const arriving = openDirectory(join(debs, `arriving-${process.pid}`));
  try {
    // apt verifies every file against the signed index.
    const got = await phase(part, "downloading", () =>
      apt.download(
        wanted.map(({ name, suite }) => `${name}/${suite}`),
        arriving,
      ),
    );
    if (got.code !== 0)
      throw new SetupError(`couldn't download ${wanted.map(({ name }) => name).join(", ")}`, lastLines(got.output), byHand);
    for (const file of readdirSync(arriving)) {
      const to = join(debs, file);
      writeFileSync(`${to}.sha256`, `${await sha256Of(join(arriving, file))}\n`);
      renameSync(join(arriving, file), to);
    }
  } finally {
    rmSync(arriving, { recursive: true, force: true });
  }
}

/**
 * The named Debian packages as files, from the cache or the machine's mirror, in the order asked for.
 * @param byHand what a person can do when they can't be had
 */
export function obtainDebs(cache, part, wanted, byHand) {
  // One after the other: apt locks its state.
  const turn = previous.then(() => obtain(cache, part, wanted, byHand));
  previous = turn.catch(() => {});
  return turn;
}

let previous = Promise.resolve();

async function obtain(cache, part, wanted, byHand) {
  const directory = join(cache, "debs");
  const missing = [];
  for (const item of wanted) if ((await cachedDeb(directory, item.name)) === null) missing.push(item);
  if (missing.length > 0) await download(cache, part, missing, byHand);
  const found = [];
  for (const { name } of wanted) {
    const file = await cachedDeb(directory, name);
    if (file === null) throw new SetupError(`${name} isn't in the cache although it was downloaded`, directory, "run again");
    found.push(file);
  }
  return found;
}

/** @param excluded tar patterns, in which `*` doesn't match a slash */
export async function extractDeb(file, into, excluded) {
  const leaveOut = excluded.map((pattern) => `--exclude=${pattern}`);
  await pipeline(
    ["dpkg-deb", "--fsys-tarfile", file],
    ["tar", "-x", "--no-same-owner", "--no-wildcards-match-slash", "--anchored", "--wildcards", ...leaveOut, "-C", into],
  );
}
