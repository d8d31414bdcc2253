import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Supervisor, Unit } from "../../app/ports/supervisor.ts";
import { supervisorClient } from "./client.ts";

const answerMsMax = 5_000;
const pollMs = 50;

export interface Daemon {
  readonly stateDirectory: string;
  /** The Node that runs it. */
  readonly nodePath: string;
  /** Its file under main/. */
  readonly entry: string;
}

/**
 * The supervisor of a state directory, started when none answers. It gets a session of its own and nothing of our environment:
 * it outlives us, and our secrets aren't its business. Two callers at once are fine, the second process ends by itself.
 *
 * @throws SERVER_UNREACHABLE when it doesn't answer within five seconds, with the end of its log
 */
export async function ensureSupervisor(daemon: Daemon): Promise<Supervisor> {
  const supervisor = supervisorClient({ socketPath: join(daemon.stateDirectory, "supervisor.sock") });
  if (await answers(supervisor)) return supervisor;
  const logFile = join(daemon.stateDirectory, "supervisor.log");
  mkdirSync(daemon.stateDirectory, { recursive: true, mode: 0o700 });
  const log = openSync(logFile, "a", 0o600);
  try {
    const child = spawn(daemon.nodePath, [daemon.entry, "--state", daemon.stateDirectory], {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin" },
      detached: true,
      stdio: ["ignore", log, log],
    });
    child.on("error", () => undefined);
    child.unref();
  } finally {
    closeSync(log);
  }
  const deadline = performance.now() + answerMsMax;
  while (performance.now() < deadline) {
    if (await answers(supervisor)) return supervisor;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new PlimsollError("SERVER_UNREACHABLE", `the supervisor didn't answer within ${answerMsMax / 1000} seconds`, {
    why: readFileSync(logFile, "utf8").trim().split("\n").slice(-3).join("\n"),
    fix: `look into ${logFile}`,
  });
}

/** The gateway as a unit, so that the supervisor restarts it. */
export function gatewayUnit(daemon: Daemon & { readonly epoch: number }): Unit {
  return {
    id: "host/gateway",
    epoch: daemon.epoch,
    argv: [daemon.nodePath, daemon.entry, "--state", daemon.stateDirectory],
    cwd: "/",
    // flock is looked for there.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    uid: null,
    gid: null,
    logFile: join(daemon.stateDirectory, "gateway.log"),
    stop: { signal: "SIGTERM", graceMs: 15_000 },
    labels: {},
  };
}

async function answers(supervisor: Supervisor): Promise<boolean> {
  try {
    await supervisor.list("host/");
    return true;
  } catch (error) {
    if (error instanceof PlimsollError && error.code === "SERVER_UNREACHABLE") return false;
    throw error;
  }
}
