import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ProcessResult, Processes } from "../../app/ports/runtime-kind.ts";
import { listProcesses, readProcess } from "./identity.ts";
import { createLines } from "./lines.ts";

type Command = Parameters<Processes["run"]>[0];

/** After the program itself has ended, what it left in its group may finish writing this long before it is ended too. */
const leftoverMs = 1_000;
const pollMs = 50;

/** Whose children they are: two homes on a host may have environments of one name. */
export const ownerVariable = "PLIMSOLL_OWNER";

/** The only door to spawn for children that run to their end. */
export function createProcesses(owner: string | null = null): Processes {
  if (owner === null) return { run };
  return { run: (command) => run({ ...command, env: { ...command.env, [ownerVariable]: owner } }) };
}

async function run(command: Command): Promise<ProcessResult> {
  const startedMs = performance.now();
  if (command.signal.aborted) return { exitCode: null, signal: "SIGTERM", timedOut: false, durationMs: 0 };
  const child = await start(command);
  const group = child.pid as number;
  let timedOut = false;
  let failure: unknown;
  const ending: Promise<void>[] = [];
  const end = (): void => {
    if (ending.length === 0) ending.push(endGroup(group, command.graceMs));
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    end();
  };
  feed(child, command, fail);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, command.timeoutMs);
  command.signal.addEventListener("abort", end, { once: true });
  try {
    const exit = await finished(child, end, command.graceMs);
    if (groupRuns(group)) end();
    await Promise.all(ending);
    if (failure !== undefined) throw failure;
    const told = timedOut || command.signal.aborted;
    return { ...(told ? asEnded(exit) : exit), timedOut, durationMs: Math.round(performance.now() - startedMs) };
  } finally {
    clearTimeout(timer);
    command.signal.removeEventListener("abort", end);
  }
}

type Exit = Pick<ProcessResult, "exitCode" | "signal">;

/** Programs that are told to end often exit with 0 (Odoo does, on a second signal): that says nothing about their work. */
function asEnded(exit: Exit): Exit {
  return exit.exitCode === 0 ? { exitCode: null, signal: "SIGTERM" } : exit;
}

function start(command: Command): Promise<ChildProcess> {
  const [program, ...parameters] = command.argv;
  if (program === undefined) throw new TypeError("argv is empty");
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => reject(startError(program, command, cause));
    try {
      const child = spawn(program, parameters, {
        cwd: command.cwd,
        env: { ...command.env },
        // A session and process group of its own: one signal reaches everything it started.
        detached: true,
        stdio: [command.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
        // Node drops the supplementary groups of root when it changes the user.
        ...(typeof command.uid === "number" ? { uid: command.uid } : {}),
        ...(typeof command.gid === "number" ? { gid: command.gid } : {}),
      });
      child.once("error", refuse);
      child.once("spawn", () => {
        child.off("error", refuse);
        child.on("error", () => undefined);
        resolve(child);
      });
    } catch (error) {
      refuse(error);
    }
  });
}

/** Names the program only: parameters and environment may hold what nobody should read. */
function startError(program: string, command: Command, cause: unknown): PlimsollError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
  if (command.cwd !== undefined && !existsSync(command.cwd)) {
    return new PlimsollError("NOT_FOUND", `the folder ${command.cwd} doesn't exist, so ${program} can't run in it`, {}, cause);
  }
  if (code === "ENOENT") {
    return new PlimsollError("NOT_FOUND", `there is no program ${program}`, { fix: "install it, or correct its path" }, cause);
  }
  if (code === "EPERM") {
    const why = "only root may start a process as another user";
    return new PlimsollError("INPUT_INVALID", `${program} may not be started as user ${command.uid ?? "unchanged"}`, { why }, cause);
  }
  if (code === "EACCES")
    return new PlimsollError("INPUT_INVALID", `${program} may not be executed`, { why: "its file or a folder above denies it" }, cause);
  return new PlimsollError("STATE_UNEXPECTED", `${program} couldn't be started`, { facts: { code } }, cause);
}

function feed(child: ChildProcess, command: Command, fail: (error: unknown) => void): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const guarded = (line: string): void => {
      try {
        command.line?.(line, stream);
      } catch (error) {
        fail(error);
      }
    };
    const lines = createLines(guarded);
    child[stream]?.on("data", lines.write);
    child[stream]?.on("end", lines.end);
    child[stream]?.on("error", () => undefined);
  }
  // A program that closes its input early gets no say in ours.
  child.stdin?.on("error", () => undefined);
  if (command.stdin !== undefined) child.stdin?.end(command.stdin);
}

/** Waits for the program and for the last line of its output; descendants that keep the output open are ended. */
function finished(child: ChildProcess, end: () => void, graceMs: number): Promise<Exit> {
  return new Promise((resolve) => {
    let leftover: NodeJS.Timeout | undefined;
    child.once("exit", (exitCode, signal) => {
      leftover = setTimeout(end, leftoverMs);
      // A descendant that left the group can hold the pipes for ever: stop listening once the group had its time.
      const cut = setTimeout(() => destroyOutput(child), 2 * leftoverMs + graceMs);
      child.once("close", () => {
        clearTimeout(leftover);
        clearTimeout(cut);
        resolve({ exitCode, signal });
      });
    });
  });
}

function destroyOutput(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (groupRuns(group)) {
    if (performance.now() >= deadline) return signalGroup(group, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Zombies don't count: in a container without a proper init they stay for ever. */
function groupRuns(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return listProcesses().some((pid) => readProcess(pid)?.group === group);
}

/** A group's number isn't given to another process while the group has members. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Empty by now.
  }
}
