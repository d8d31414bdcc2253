import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { OsUser } from "./os-user.ts";

const outputBytesMax = 64 * 1024;

/**
 * Runs one of PostgreSQL's tools to its end with a clean environment. What it leaves running (pg_ctl start) is in a session
 * of its own and outlives us.
 * @throws STATE_UNEXPECTED with the end of its output
 */
export async function runTool(argv: readonly string[], user: OsUser | null): Promise<void> {
  const [command, ...args] = argv as [string, ...string[]];
  const child = spawn(command, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    // No pipe for stdout: the server that pg_ctl starts would keep it open, and we would wait for it for ever.
    stdio: ["ignore", "ignore", "pipe"],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
  let output = "";
  child.stderr.on("data", (bytes: Buffer) => {
    output = (output + bytes.toString("utf8")).slice(-outputBytesMax);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  child.stderr.destroy();
  if (code === 0) return;
  const name = command.split("/").at(-1) ?? command;
  throw new PlimsollError("STATE_UNEXPECTED", `${name} ended with ${code ?? "a signal"}.`, {
    because: output.trim().split("\n").slice(-8),
  });
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}
