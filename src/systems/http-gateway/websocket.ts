import { STATUS_CODES, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { endToEnd, upstreamHeaders } from "./headers.ts";
import { headerBytesMax } from "./forward.ts";
import { refusals, renderRefusal } from "./refusal.ts";
import type { RefusalName } from "./refusal.ts";

/** An upgrade that a client asked for: from now on its socket is ours. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the head already. */
  readonly head: Buffer;
}

export interface Tunnel {
  close(): void;
}

export function refuseUpgrade(upgrade: Upgrade, name: RefusalName): void {
  const refusal = refusals[name];
  const { headers, body } = renderRefusal(upgrade.request, refusal);
  writeHead(upgrade.socket, refusal.status, undefined, [...Object.entries(headers).flat(), "Connection", "close"]);
  upgrade.socket.end(body);
}

/** Asks Odoo for the websocket; when it agrees, bytes go through both ways as they are. `closed` is called once. */
export function openTunnel(upgrade: Upgrade, upstream: Socket, closed: () => void): Tunnel {
  const client = upgrade.socket;
  let ended = false;
  const close = (): void => {
    if (ended) return;
    ended = true;
    // What Odoo has said until now still arrives; then both ends are gone.
    client.end();
    client.destroySoon();
    upstream.destroy();
    closed();
  };
  const call = httpRequest({
    createConnection: () => upstream,
    method: "GET",
    path: upgrade.request.url ?? "/",
    headers: upstreamHeaders(upgrade.request, "none", { expect: false, upgrade: true }),
    setHost: false,
    maxHeaderSize: headerBytesMax,
  });
  client.on("error", close);
  client.on("close", close);
  upstream.on("error", close);
  upstream.on("close", close);
  call.on("error", () => {
    if (!ended && client.bytesWritten === 0) refuseUpgrade(upgrade, "refused");
    close();
  });
  call.on("response", (answer) => passRefusal(client, answer, close));
  call.on("upgrade", (answer, _socket, head) => {
    if (ended) return;
    writeHead(client, 101, answer.statusMessage, [...endToEnd(answer.rawHeaders), "Connection", "Upgrade", "Upgrade", "websocket"]);
    if (head.length > 0) client.write(head);
    if (upgrade.head.length > 0) upstream.write(upgrade.head);
    client.setTimeout(0);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  call.end();
  return { close };
}

/** Odoo said no: its answer goes out, and the connection with it, or later requests on it would pass by the hold. */
function passRefusal(client: Socket, answer: IncomingMessage, close: () => void): void {
  writeHead(client, answer.statusCode as number, answer.statusMessage, [...endToEnd(answer.rawHeaders), "Connection", "close"]);
  answer.on("error", () => {
    client.resetAndDestroy();
    close();
  });
  answer.on("end", () => client.end(close));
  answer.pipe(client, { end: false });
}

/** Fields came through Node's parser, so none holds a line break. */
function writeHead(socket: Socket, status: number, message: string | undefined, headers: readonly string[]): void {
  let head = `HTTP/1.1 ${status} ${message ?? STATUS_CODES[status] ?? ""}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.write(`${head}\r\n`, "latin1");
}
