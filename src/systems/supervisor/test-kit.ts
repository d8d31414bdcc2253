import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, vi } from "vitest";
import type { Supervisor, Unit, UnitStatus } from "../../app/ports/supervisor.ts";
import { supervisorClient } from "./client.ts";

// Every test starts processes, perhaps on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000 });

export const entry: string = fileURLToPath(new URL("../../main/supervisor.ts", import.meta.url));
export const gatewayEntry: string = fileURLToPath(new URL("../../main/gateway.ts", import.meta.url));
export const path: string = process.env["PATH"] ?? "/usr/bin:/bin";
export let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-sup-"));
});

/** Whatever a test started carries its folder in its environment or command line: nothing of it may stay. */
afterEach(async () => {
  // More than once: a supervisor may start a unit while we go through the list.
  await until(() => {
    const left = runningHere();
    for (const pid of left) kill(pid, "SIGKILL");
    return left.length === 0;
  });
  rmSync(folder, { recursive: true, force: true });
});

export function runningHere(mark: string = folder): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      try {
        if (/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"))) return false;
        return (
          readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark) || readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(mark)
        );
      } catch {
        return false;
      }
    });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

export async function startSupervisor(
  stateDirectory: string = join(folder, "state"),
): Promise<{ client: Supervisor; child: ChildProcess; output(): string }> {
  const child = spawn(process.execPath, [entry, "--state", stateDirectory], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes("supervisor is up") || child.exitCode !== null);
  return { client: supervisorClient({ socketPath: join(stateDirectory, "supervisor.sock") }), child, output: () => output };
}

export async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

export async function until(condition: () => boolean | Promise<boolean>, boundMs = 20_000): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${boundMs} ms: ${condition.toString()}`);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function unitOf(script: string, more: Partial<Unit> = {}): Unit {
  return {
    id: "acme/web",
    epoch: 1,
    argv: ["/bin/sh", "-c", script],
    cwd: folder,
    env: { PATH: path, TEST_FOLDER: folder },
    uid: null,
    gid: null,
    logFile: join(folder, "log", "web.log"),
    stop: { signal: "SIGTERM", graceMs: 1_000 },
    labels: { release: "sha256:1" },
    ...more,
  };
}

export const forever: string = "echo up; while :; do sleep 0.05; done";
export const stubborn: string = `trap '' TERM; ${forever}`;

export async function statusOf(client: Supervisor, id = "acme/web"): Promise<UnitStatus | undefined> {
  return (await client.list(id)).find((status) => status.unit.id === id);
}

export const logOf = (name = "web"): string => readFileSync(join(folder, "log", `${name}.log`), "utf8");
export const runsStill = (pid: number): boolean => runningHere().includes(pid);
