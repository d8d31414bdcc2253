import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import type { DeploymentView } from "../../src/http/contract/deployments.ts";
import { removeTree } from "../../src/systems/release-library/materialised-tree.ts";
import { freePort } from "./free-port.ts";
import { readParts } from "./parts.ts";

const entry = fileURLToPath(new URL("../../src/main/cli.ts", import.meta.url));

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Plimsoll with a home of its own: its server as a child process, its commands as a user types them. */
export interface Plimsoll {
  readonly home: string;
  readonly url: string;
  /** Runs a command against this server. */
  run(...args: string[]): Promise<CommandResult>;
  /** Runs a command with `-o json` and parses what it prints. @throws with the command's stderr when it exits with anything but `exitCode` */
  json<T = unknown>(...args: string[]): Promise<T>;
  /** Ends the server as a crash would; Odoo, gateway and supervisor go on. */
  kill(): Promise<void>;
  /** Resolves when the server has ended by itself. */
  ended(): Promise<void>;
  /** Starts the server again on the same home and address. */
  start(extraEnv?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends everything that belongs to this home and removes it. */
  dispose(): Promise<void>;
  serverLog(): string;
}

/** Starts `plimsoll up` on a fresh home and waits until it answers. */
export async function startPlimsoll(options: { readonly env?: Readonly<Record<string, string>> } = {}): Promise<Plimsoll> {
  const home = await mkdtemp(join(tmpdir(), "plimsoll-home-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  // Set-up may have put PostgreSQL's programs where no PATH leads; a host's administrator has them there.
  const path = `${readParts().postgres.binDir}:${process.env["PATH"] ?? ""}`;
  const env = { ...process.env, PATH: path, PLIMSOLL_HOME: home, NO_COLOR: "1", ...options.env };
  const state: { server: ChildProcess | null; log: string } = { server: null, log: "" };

  const run = async (...args: string[]): Promise<CommandResult> => {
    const child = spawn(process.execPath, [entry, ...args, "--server", url], { env, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString("utf8")));
    const [exitCode] = (await once(child, "close")) as [number | null];
    return { exitCode, ...output };
  };

  const start = async (extraEnv: Readonly<Record<string, string>> = {}): Promise<void> => {
    const server = spawn(process.execPath, [entry, "up", "--listen", url.slice("http://".length)], {
      env: { ...env, ...extraEnv },
      stdio: ["ignore", "pipe", "pipe"],
    });
    state.server = server;
    for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk: Buffer) => (state.log += chunk.toString("utf8")));
    const deadlineMs = performance.now() + 60_000;
    while (performance.now() < deadlineMs) {
      if (server.exitCode !== null) throw new Error(`plimsoll up ended with ${server.exitCode}:\n${state.log}`);
      if (await answers(url)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`plimsoll up didn't answer within a minute:\n${state.log}`);
  };

  const end = async (signal: "SIGKILL" | "SIGTERM"): Promise<void> => {
    const { server } = state;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  };

  await start();
  return {
    home,
    url,
    run,
    async json<T>(...args: string[]): Promise<T> {
      const result = await run(...args, "-o", "json");
      if (result.exitCode !== 0)
        throw new Error(`plimsoll ${args.join(" ")} ended with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`);
      return JSON.parse(result.stdout) as T;
    },
    kill: () => end("SIGKILL"),
    async ended() {
      const { server } = state;
      if (server !== null && server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
    start,
    async dispose() {
      await end("SIGTERM");
      await run("down", "--everything");
      // Its release trees are read-only, which stops everybody but root.
      await removeTree(home);
    },
    serverLog: () => state.log,
  };
}

/** The deployment of a change, with its steps and gates. */
export async function deploymentOf(plimsoll: Plimsoll, change: string): Promise<DeploymentView> {
  const { deployment } = await plimsoll.json<ChangeView>("change", "show", change);
  const response = await fetch(`${plimsoll.url}/deployments/${deployment}`, {
    headers: { authorization: `Bearer ${await tokenOf(plimsoll.home)}` },
  });
  if (!response.ok) throw new Error(`The deployment of ${change} can't be read: ${response.status} ${await response.text()}`);
  return (await response.json()) as DeploymentView;
}

/** Creates and plans a change to a release. */
export async function plannedChange(
  plimsoll: Plimsoll,
  environment: string,
  release: string,
  ...more: string[]
): Promise<PlanView & { readonly id: string }> {
  const options = ["--environment", environment, "--release", release, "--reason", "test", ...more];
  const { id } = await plimsoll.json<ChangeView>("change", "create", ...options);
  return { ...(await plimsoll.json<PlanView>("change", "plan", id)), id };
}

/** Creates, plans and approves a change to a release. @returns its id */
export async function approvedChange(plimsoll: Plimsoll, environment: string, release: string, ...more: string[]): Promise<string> {
  const { id, digest } = await plannedChange(plimsoll, environment, release, ...more);
  await plimsoll.json("change", "approve", id, "--digest", digest);
  return id;
}

/** The token that a home's server asks for. */
export async function tokenOf(home: string): Promise<string> {
  return (await readFile(join(home, "token"), "utf8")).trim();
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}
