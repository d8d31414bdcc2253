import { rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { PlimsollError } from "../domain/shared/errors.ts";
import { answers, readServer, type Home, type Variables } from "./home.ts";
import { openLog, type Log } from "./log.ts";
import { openDatabase } from "./open-database.ts";
import { isPortFree } from "./port-free.ts";
import type { ControlPlane } from "./control-plane.ts";

export interface UpOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly allowRemote: boolean;
  readonly host: string;
  readonly worker: boolean;
}

interface Surroundings {
  readonly home: Home;
  readonly env: Variables;
  readonly print: (line: string) => void;
  /** Resolves when the process is asked to end. */
  readonly ended: Promise<string>;
}

const daemonLookMs = 5_000;
/** Requests that still run at the end may finish within this. */
const closeMsMax = 5_000;

/** `plimsoll up`: API and worker until the process is asked to end. */
export async function up(options: UpOptions, around: Surroundings): Promise<void> {
  const { home, env, print } = around;
  requireLoopback(options);
  await requireAlone(home);
  await requirePort(options.listen);
  const log = openLog("stderr", env["PLIMSOLL_LOG_LEVEL"] ?? "info");
  const plane = await startPlane({ worker: options.worker, host: options.host }, around, log);
  try {
    const server = await listen(plane, options.listen);
    const url = `http://${options.listen.host.includes(":") ? `[${options.listen.host}]` : options.listen.host}:${server.port}`;
    await writeFile(home.serverFile, `${JSON.stringify({ url, pid: process.pid, startedAt: new Date().toISOString() })}\n`, {
      mode: 0o644,
    });
    print(`Plimsoll listens on ${url}`);
    print(`Token: ${home.tokenFile}`);
    print(options.worker ? `Works on deployments of the host "${options.host}"` : "Doesn't work on deployments (--no-worker)");
    const look = keepDaemons(plane, log);
    const why = await around.ended;
    print(`Ending (${why}); Odoo and the gateway go on`);
    clearInterval(look);
    await server.close();
    await rm(home.serverFile, { force: true });
  } finally {
    await plane.close();
  }
}

/** `plimsoll worker`: one more worker on the same store. */
export async function work(options: { readonly host: string }, around: Surroundings): Promise<void> {
  const { env, print } = around;
  const log = openLog("stderr", env["PLIMSOLL_LOG_LEVEL"] ?? "info");
  const plane = await startPlane({ worker: true, host: options.host }, around, log);
  try {
    print(`Works on deployments of the host "${options.host}"`);
    const look = keepDaemons(plane, log);
    print(`Ending (${await around.ended})`);
    clearInterval(look);
  } finally {
    await plane.close();
  }
}

/** PostgreSQL starts while the rest of Plimsoll is loaded: each takes about as long as the other. */
async function startPlane(
  options: { readonly worker: boolean; readonly host: string },
  { home, env, print }: Surroundings,
  log: Log,
): Promise<ControlPlane> {
  const database = openDatabase(home, env, print);
  database.catch(() => undefined);
  const { startControlPlane } = await import("./control-plane.ts");
  return startControlPlane({ home, env, ...options, log, database });
}

/** Supervisor and gateway run independently; when one was killed, whoever is up starts it again. */
function keepDaemons(plane: ControlPlane, log: Log): NodeJS.Timeout {
  const look = (): void =>
    void plane.parts.daemons
      .ensure()
      .catch((error: unknown) => log.error({ error: String(error) }, "supervisor or gateway can't be started"));
  look();
  return setInterval(look, daemonLookMs);
}

function requireLoopback({ listen, allowRemote }: UpOptions): void {
  if (allowRemote || listen.host === "localhost" || listen.host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(listen.host)) return;
  throw new PlimsollError("INPUT_INVALID", `${listen.host} isn't a loopback address.`, {
    why: "The API speaks plain HTTP, and its token gives power over every environment of the host.",
    fix: "Put a proxy with TLS in front, and say --allow-remote when that is what you want.",
  });
}

/** Asked before anything is started; the answer may still change until the server listens. */
async function requirePort(address: UpOptions["listen"]): Promise<void> {
  if (address.port !== 0 && !(await isPortFree(address.host, address.port)))
    throw portInUse(address, "Another process has it, or it isn't an address of this host.");
}

async function requireAlone(home: Home): Promise<void> {
  const other = await readServer(home);
  if (other === null || !(await answers(other.url))) return;
  throw new PlimsollError("CONFLICT", `A server of this home runs already at ${other.url} (process ${other.pid}).`, {
    fix: "Use it, end it with plimsoll down, or start a further worker with plimsoll worker.",
  });
}

async function listen(
  plane: ControlPlane,
  address: { readonly host: string; readonly port: number },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { serve } = await import("@hono/node-server");
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: plane.fetch, hostname: address.host, port: address.port }, (info: AddressInfo) =>
      resolve({
        port: info.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            setTimeout(() => {
              if ("closeAllConnections" in server) server.closeAllConnections();
            }, closeMsMax).unref();
          }),
      }),
    );
    server.on("error", (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
  });
}

function listenError(error: NodeJS.ErrnoException, address: UpOptions["listen"]): unknown {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES" && error.code !== "EADDRNOTAVAIL") return error;
  const why = {
    EADDRINUSE: "Another process has it.",
    EACCES: "This user may not use it.",
    EADDRNOTAVAIL: "It isn't an address of this host.",
  }[error.code];
  return portInUse(address, why, error);
}

function portInUse({ host, port }: UpOptions["listen"], why: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    "PORT_IN_USE",
    `${host}:${port} can't be listened on.`,
    { why, fix: "Choose another with --listen ADDRESS:PORT.", facts: { host, port } },
    cause,
  );
}
