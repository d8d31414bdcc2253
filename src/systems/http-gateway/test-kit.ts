import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { Agent, IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { connect, createServer as createNetServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { Gateway, Route } from "../../app/ports/gateway.ts";
import { gatewayClient } from "./client.ts";

// Every test starts a process or two, perhaps on a machine that has other things to do.
vi.setConfig({ testTimeout: 60_000 });

const entry = fileURLToPath(new URL("../../main/gateway.ts", import.meta.url));
const cleanups: (() => unknown)[] = [];

/** To be called after each test. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}

export function onCleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-gateway-"));
  onCleanUp(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface RunningGateway {
  readonly client: Gateway;
  readonly child: ChildProcess;
  readonly stateDirectory: string;
  output(): string;
}

/** A real gateway process. */
export async function startGateway(stateDirectory: string = temporaryFolder()): Promise<RunningGateway> {
  const child = spawn(process.execPath, [entry, "--state", stateDirectory], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  onCleanUp(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });
  const client = gatewayClient({ socketPath: join(stateDirectory, "gateway.sock") });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the gateway ended: ${output}`);
    return output.includes("gateway is up");
  });
  return { client, child, stateDirectory, output: () => output };
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

export interface FakeUpstream {
  readonly port: number;
  /** `METHOD path` in the order in which the heads came. */
  readonly seen: string[];
  readonly server: Server;
  close(): Promise<void>;
}

/** A server in the place of Odoo. Without a handler it reads the body and answers `name METHOD path length`. */
export async function fakeUpstream(
  options: {
    readonly name?: string;
    readonly port?: number;
    readonly handle?: (request: IncomingMessage, response: ServerResponse) => void;
  } = {},
): Promise<FakeUpstream> {
  const seen: string[] = [];
  const handle = options.handle ?? echo(options.name ?? "odoo");
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    handle(request, response);
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onCleanUp(() => (server.listening ? close() : undefined));
  return { port: (server.address() as AddressInfo).port, seen, server, close };
}

function echo(name: string): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    let length = 0;
    request.on("data", (chunk: Buffer) => (length += chunk.length));
    request.on("end", () => response.end(`${name} ${request.method} ${request.url} ${length}`));
  };
}

export async function routeTo(upstreamPort: number | null, more: Partial<Route> = {}): Promise<Route> {
  return {
    environment: "acme",
    epoch: 1,
    listenHost: "127.0.0.1",
    listenPort: await freePort(),
    hostnames: [],
    mode: "pass",
    upstream: upstreamPort === null ? null : { host: "127.0.0.1", webPort: upstreamPort, websocketPort: null },
    holdMsMax: 30_000,
    heldRequestsMax: 100,
    heldBytesMax: 1024 * 1024,
    releaseConcurrency: 4,
    ...more,
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Question {
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

export function ask(question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port, method = "GET", path = "/", headers = {}, body, agent } = question;
    const call = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: agent ?? false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

export interface RawClient {
  readonly socket: Socket;
  received(): string;
  readonly closed: Promise<void>;
}

/** Bytes as they are, both ways. */
export async function rawClient(port: number, first: string | Buffer = ""): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port });
  let received = "";
  socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  onCleanUp(() => socket.destroy());
  await once(socket, "connect");
  if (first.length > 0) socket.write(first);
  return { socket, received: () => received, closed };
}
