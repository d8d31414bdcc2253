import { spawn } from "node:child_process";

export interface ProgramEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** Both streams as they came, at most the last `outputBytesMax`. */
  readonly output: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

export const outputBytesMax: number = 16 * 1024 * 1024;

/** Runs a program to its end. Rejects only when it couldn't be started. */
export function runProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
      // The default is a directory that the other user may not be able to enter.
      cwd: options.cwd ?? "/",
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let stdout = "";
    let output = "";
    let rest = "";
    const take = (chunk: string): void => {
      output = (output + chunk).slice(-outputBytesMax);
      if (options.onLine === undefined) return;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine(line);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout = (stdout + chunk).slice(-outputBytesMax);
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      if (error.name !== "AbortError") reject(error);
    });
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, output }));
  });
}

/** Runs a program that has to succeed. @throws with the end of what it said */
export async function mustRun(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const end = await runProgram(command, args, options);
  if (end.exitCode === 0) return end.stdout;
  throw new Error(`${command} ${args[0] ?? ""} ended with ${end.exitCode ?? end.signal}:\n${end.output.trim().slice(-4000)}`);
}
