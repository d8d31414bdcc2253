import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { Exchange } from "./exchange.ts";
import { headerBytesMax } from "./forward.ts";
import { hostnameOf } from "./headers.ts";
import type { RouteTraffic } from "./route-traffic.ts";
import { refuseUpgrade } from "./websocket.ts";

/** Longer than clients keep idle connections, so that it is they who close them. */
const keepAliveMs = 75_000;
/** For the head only; a body may take as long as it takes. */
const headMsMax = 60_000;
const connectionsMax = 20_000;

export interface ListenerLog {
  error(fields: object, message: string): void;
}

let sequence = 0;

/** One port that people connect to; which environment they mean, Host says. */
export class Listener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #find: (hostname: string) => RouteTraffic | null;
  readonly #log: ListenerLog;

  constructor(host: string, port: number, find: (hostname: string) => RouteTraffic | null, log: ListenerLog) {
    this.host = host;
    this.port = port;
    this.#find = find;
    this.#log = log;
    this.#server = createServer({
      maxHeaderSize: headerBytesMax,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: headMsMax,
      // Uploads of many gigabytes over slow lines are somebody's daily work.
      requestTimeout: 0,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      // Clients offer `Upgrade: h2c` with ordinary requests: those stay ordinary.
      shouldUpgradeCallback: (request) => isWebsocket(request),
    });
    this.#server.timeout = 0;
    this.#server.maxConnections = connectionsMax;
    // A client may put many requests on one connection, each listens for its end.
    this.#server.on("connection", (socket) => socket.setMaxListeners(0));
    this.#server.on("request", (request, response) => this.#handle(request, response, false));
    this.#server.on("checkContinue", (request, response) => this.#handle(request, response, true));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    this.#server.on("clientError", answerMalformed);
  }

  /** @throws PORT_IN_USE naming the port */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(listenError(this.host, this.port, error));
      this.#server.once("error", failed);
      this.#server.listen({ host: this.host, port: this.port, backlog: 1_024 }, () => {
        this.#server.off("error", failed);
        this.#server.on("error", (error) => this.#log.error({ port: this.port, error: String(error) }, "listener"));
        resolve();
      });
    });
  }

  /** Accepts nothing new; resolves when the last connection has ended, or at the bound, which cuts what is left. */
  async close(boundMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => this.#server.closeAllConnections(), boundMs);
      // Connections become idle as their answers end; Node closes those it finds idle only once by itself.
      const sweep = setInterval(() => this.#server.closeIdleConnections(), 50);
      this.#server.close(() => {
        clearTimeout(cut);
        clearInterval(sweep);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    try {
      useOriginForm(request);
      // Both have errors when their connection breaks; that it broke is told by the socket.
      request.on("error", () => undefined);
      response.on("error", () => undefined);
      const exchange = new Exchange(++sequence, request, response, awaitsContinue);
      const traffic = this.#find(hostnameOf(request.headers.host));
      if (traffic === null) exchange.refuse("unknownHost");
      else traffic.handle(exchange);
    } catch (error) {
      this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, "a request failed in the gateway");
      request.socket.destroy();
    }
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const failed = (error: unknown): void => {
      this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, "an upgrade failed in the gateway");
      socket.destroy();
    };
    try {
      socket.on("error", () => socket.destroy());
      useOriginForm(request);
      const traffic = this.#find(hostnameOf(request.headers.host));
      if (traffic === null) refuseUpgrade({ request, socket, head }, "unknownHost");
      else traffic.upgrade({ request, socket, head }).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

function isWebsocket(request: IncomingMessage): boolean {
  return request.method === "GET" && (request.headers.upgrade ?? "").toLowerCase().includes("websocket");
}

/** `GET http://host/path` means the host in it, whatever Host says. Source: RFC 9112 §3.2.2. */
function useOriginForm(request: IncomingMessage): void {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? "");
  if (absolute === null) return;
  const [, authority = "", rest = ""] = absolute;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  request.headers.host = authority;
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === "host") request.rawHeaders[i + 1] = authority;
  }
}

function answerMalformed(error: NodeJS.ErrnoException, socket: import("node:stream").Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? "431 Request Header Fields Too Large"
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? "408 Request Timeout"
        : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): PlimsollError {
  const facts = { host, port };
  if (error.code === "EADDRINUSE") {
    return new PlimsollError(
      "PORT_IN_USE",
      `port ${port} on ${host} is used by another program`,
      { fix: "stop that program, or choose another port", facts },
      error,
    );
  }
  if (error.code === "EACCES") {
    return new PlimsollError(
      "INPUT_INVALID",
      `the gateway may not listen on port ${port}`,
      { why: "ports below 1024 belong to root", facts },
      error,
    );
  }
  return new PlimsollError(
    "INPUT_INVALID",
    `the gateway can't listen on ${host}:${port}`,
    { why: error.code ?? error.message, facts },
    error,
  );
}
