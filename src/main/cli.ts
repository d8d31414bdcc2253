import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { text } from "node:stream/consumers";
import { createClient } from "../cli/client.ts";
import { runCommandLine } from "../cli/run.ts";
import type { Connection, ConnectOptions, Terminal } from "../cli/terminal.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { version } from "./version.ts";
import { answers, homeOf, readServer, readToken, type Home, type Variables } from "./home.ts";

const env: Variables = process.env;
const home: Home = homeOf(env);
const plain = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";

const terminal: Terminal = {
  env,
  cwd: process.cwd(),
  version,
  actor: actorName(),
  out: (line) => void process.stdout.write(line),
  err: (line) => void process.stderr.write(line),
  animated: process.stderr.isTTY && env["TERM"] !== "dumb" && !plain,
  colouredOut: process.stdout.isTTY && env["TERM"] !== "dumb" && !plain,
  readStdin: () => text(process.stdin),
  readFile: (path) => readFile(path, "utf8"),
  nowMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  connect,
  // What only some commands need is loaded by them: most of a command's time would otherwise be spent on it.
  host: {
    async up(request) {
      const { up } = await import("./serve.ts");
      await up(
        { listen: request.listen, allowRemote: request.allowRemote, host: request.hostName, worker: request.worker },
        surroundings(),
      );
    },
    async work(request) {
      const { work } = await import("./serve.ts");
      await work({ host: request.hostName }, surroundings());
    },
    async down(request) {
      const { down } = await import("./down.ts");
      return down(home, env, request);
    },
    async doctor() {
      const { doctor } = await import("./doctor.ts");
      return doctor(home, env);
    },
    async exists(path) {
      return existsSync(path);
    },
    async odooFolders() {
      const { odooFolders } = await import("./odoo-folders.ts");
      return odooFolders(env);
    },
    async analyse(request, progress) {
      const { analyse } = await import("./analyse.ts");
      return analyse(request, env, progress);
    },
    async compare(request, progress) {
      const { compare } = await import("./analyse.ts");
      return compare(request, env, progress);
    },
  },
};

/** The server that was named, or this host's, or one in this process. */
async function connect(options: ConnectOptions): Promise<Connection> {
  const named = options.server;
  if (named !== undefined && named !== "") return remote(checkedUrl(named), env["PLIMSOLL_TOKEN"] ?? (await readToken(home)));
  const server = await readServer(home);
  if (server !== null && (await answers(server.url))) return remote(server.url, (await readToken(home)) ?? env["PLIMSOLL_TOKEN"] ?? null);
  return inProcess(options);
}

function remote(url: string, token: string | null): Connection {
  if (token === null) {
    throw new PlimsollError("NOT_AUTHORISED", `There is no token for ${url}.`, {
      fix: "Set PLIMSOLL_TOKEN to what is in the file `token` of the server's home directory.",
      liftedBy: "whoever runs the server",
    });
  }
  return {
    client: createClient({ url, token, actor: terminal.actor, fetch: (request) => fetch(request) }),
    inProcess: false,
    close: async () => undefined,
  };
}

async function inProcess(options: ConnectOptions): Promise<Connection> {
  const { openDatabase } = await import("./open-database.ts");
  // It starts while the rest is loaded.
  const database = openDatabase(home, env, () => undefined);
  database.catch(() => undefined);
  const [{ startControlPlane }, { openLog }] = await Promise.all([import("./control-plane.ts"), import("./log.ts")]);
  const log = openLog({ file: home.logFile }, env["PLIMSOLL_LOG_LEVEL"] ?? "info");
  const plane = await startControlPlane({
    home,
    env,
    host: env["PLIMSOLL_HOST_NAME"] ?? "local",
    worker: options.worker,
    log,
    database,
  });
  if (options.worker) stopOnSignal(() => plane.close());
  const client = createClient({ url: "http://plimsoll.in-process", token: plane.token, actor: terminal.actor, fetch: plane.fetch });
  return { client, inProcess: true, close: () => plane.close() };
}

/** The work is left where another worker can take it up, not cut off; during a hold the way back is finished first. */
function stopOnSignal(close: () => Promise<void>): void {
  const stop = (signal: NodeJS.Signals): void => {
    process.stderr.write(`\n${signal}: handing the work back; plimsoll change watch CHANGE or plimsoll up goes on with it.\n`);
    void close().finally(() => process.exit(1));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url.origin;
  throw new PlimsollError("INPUT_INVALID", `${text} isn't the address of a server.`, { fix: "Give it as http://127.0.0.1:7946." });
}

function actorName(): string {
  try {
    return env["PLIMSOLL_ACTOR"] ?? userInfo().username;
  } catch {
    return "unknown";
  }
}

function surroundings(): {
  readonly home: Home;
  readonly env: Variables;
  readonly print: (line: string) => void;
  readonly ended: Promise<string>;
} {
  const ended = new Promise<string>((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
  return { home, env, print: (line) => void process.stdout.write(`${line}\n`), ended };
}

// A reader that closed the pipe has seen enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
