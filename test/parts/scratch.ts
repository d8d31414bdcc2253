import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OsUser } from "./os-user.ts";

const prefix = "plimsoll-scratch-";
const ownerFile = "owner.json";

/** A temporary directory that other OS users can enter, and that goes away with the process that made it, however that ends. */
export interface Scratch {
  readonly directory: string;
  remove(): Promise<void>;
}

function pidNamespace(): string {
  return readlinkSync("/proc/self/ns/pid");
}

/** A pid alone may have been given to somebody else since. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

/** Every process whose working directory is inside the directory: what is started for it is started there. */
export function processesOf(directory: string): number[] {
  const found: number[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (readlinkSync(`/proc/${pid}/cwd`).startsWith(`${directory}/`)) found.push(pid);
    } catch {
      // It ended meanwhile, or isn't ours to look at.
    }
  }
  return found;
}

function endProcesses(directory: string): void {
  for (const pid of processesOf(directory)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}

/** Ends what a killed process left: whatever runs inside its scratch directories, and these. */
export function reapStale(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(tmpdir(), name);
    try {
      const owner = JSON.parse(readFileSync(join(directory, ownerFile), "utf8")) as { pid: number; start: string; namespace: string };
      if (owner.namespace !== pidNamespace() || startOf(owner.pid) === owner.start) continue;
      endProcesses(directory);
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Not complete yet, or somebody else's.
    }
  }
}

// Waits for the end of its standard input, which comes when the owner ends, even by SIGKILL.
const watch = `cat >/dev/null
for p in /proc/[0-9]*; do
  case $(readlink "$p/cwd") in "$1"/*) kill -KILL "\${p#/proc/}";; esac
done 2>/dev/null
rm -rf -- "$1"`;

export function makeScratch(purpose: string, user: OsUser | null = null): Scratch {
  reapStale();
  const directory = mkdtempSync(join(tmpdir(), `${prefix}${purpose}-`));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, ownerFile), JSON.stringify({ pid: process.pid, start: startOf(process.pid), namespace: pidNamespace() }));
  if (user !== null) chownSync(directory, user.uid, user.gid);
  const watcher = spawn("/bin/sh", ["-c", watch, "sh", directory], { stdio: ["pipe", "ignore", "ignore"], detached: true, cwd: "/" });
  watcher.unref();
  watcher.stdin.on("error", () => {});
  (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  return {
    directory,
    remove: () =>
      new Promise((resolve) => {
        if (watcher.exitCode !== null || watcher.signalCode !== null) {
          rmSync(directory, { recursive: true, force: true });
          resolve();
          return;
        }
        watcher.ref();
        watcher.on("exit", () => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
        watcher.stdin.end();
      }),
  };
}
