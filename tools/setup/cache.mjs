import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

export const isRoot = process.getuid?.() === 0;

/** Where everything that is downloaded or made once is kept: outside the checkout, readable for every OS user. */
export function cacheRoot(env = process.env, root = isRoot, home = homedir()) {
  if (env.PLIMSOLL_CACHE) return resolve(env.PLIMSOLL_CACHE);
  return root ? "/var/cache/plimsoll" : join(home, ".cache", "plimsoll");
}

/** A directory that other OS users can enter, whatever umask the caller has. */
export function openDirectory(path) {
  const missing = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const directory of missing) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  }
  return path;
}

/** The directory on the way to `path` that other OS users can't enter, or null. */
export function closedDirectory(path) {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return at;
    if (at === dirname(at)) return null;
  }
}

export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

export function writeAtomically(path, text) {
  openDirectory(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o644 });
  renameSync(temporary, path);
}

/** Lets `fill` work in a directory beside `target`, which appears under its name only when it is complete. */
export async function fillDirectory(target, fill) {
  openDirectory(dirname(target));
  const temporary = `${target}.partial-${process.pid}`;
  // What an interrupted run left; whoever fills holds the lock.
  for (const name of readdirSync(dirname(target))) {
    if (name.startsWith(`${basename(target)}.partial-`)) rmSync(join(dirname(target), name), { recursive: true, force: true });
  }
  openDirectory(temporary);
  try {
    await fill(temporary);
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const beatMs = 2_000;
// A holder that didn't beat for this long was killed or its machine is gone; a frozen one loses its lock.
const staleMs = 60_000;

function pidNamespace() {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function isStale(lock) {
  let age;
  try {
    age = Date.now() - statSync(lock).mtimeMs;
  } catch {
    return true;
  }
  if (age > staleMs) return true;
  const holder = readJson(lock);
  // A pid means something only where it was given: caches may be shared with containers.
  if (holder === null || holder.namespace !== pidNamespace()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

/** Only one set-up at a time works on a cache. Returns the function that gives the lock back. */
export async function takeLock(root, onWait = () => {}, name = "setup") {
  const lock = join(openDirectory(root), `${name}.lock`);
  const content = JSON.stringify({ pid: process.pid, namespace: pidNamespace() });
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(lock, content, { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isStale(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (waited === 0) onWait();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const beat = setInterval(() => {
    try {
      utimesSync(lock, new Date(), new Date());
    } catch {
      // Somebody removed the cache under us; the next step will say so.
    }
  }, beatMs);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    process.removeListener("exit", release);
    if (readJson(lock)?.pid === process.pid) rmSync(lock, { force: true });
  };
  process.on("exit", release);
  return release;
}
