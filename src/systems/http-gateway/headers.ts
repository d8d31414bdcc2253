import type { IncomingMessage } from "node:http";

/** Names and values in turn, as they came: case and repetition are kept. */
export type RawHeaders = string[];

/** Fields that mean this connection and not the message. Source: RFC 9110 §7.6.1, and what clients send beside it. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Drops hop-by-hop fields, those that Connection names, and `drop` (lower case). */
export function endToEnd(raw: readonly string[], drop: readonly string[] = []): RawHeaders {
  const named = new Set(drop);
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== "connection") continue;
    for (const name of (raw[i + 1] ?? "").split(",")) named.add(name.trim().toLowerCase());
  }
  const kept: RawHeaders = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.has(lower)) kept.push(name, raw[i + 1] as string);
  }
  return kept;
}

/** How the body goes on: its length, or chunks, or none. */
export type BodyFraming = { readonly length: number } | "chunked" | "none";

export function framingOf(request: IncomingMessage): BodyFraming {
  // The parser has refused messages that carry both, or a length that is no number.
  if (request.headers["transfer-encoding"] !== undefined) return "chunked";
  const length = request.headers["content-length"];
  return length === undefined ? "none" : { length: Number(length) };
}

/** The head of a request as Odoo gets it. Host stays what the client asked for: Odoo builds links and cookies from it. */
export function upstreamHeaders(
  request: IncomingMessage,
  framing: BodyFraming,
  options: { readonly expect: boolean; readonly upgrade: boolean },
): RawHeaders {
  const drop = ["content-length", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
  if (!options.expect) drop.push("expect");
  const headers = endToEnd(request.rawHeaders, drop);
  headers.push(...forwarded(request));
  // HTTP/1.0 may leave it out, what we send may not.
  if (request.headers.host === undefined) headers.push("Host", `${request.socket.localAddress}:${request.socket.localPort}`);
  if (options.upgrade) headers.push("Connection", "Upgrade", "Upgrade", "websocket");
  else headers.push("Connection", "close");
  if (framing === "chunked") headers.push("Transfer-Encoding", "chunked");
  else if (framing !== "none") headers.push("Content-Length", String(framing.length));
  // Without it Node would announce chunks for a POST that has no body at all.
  else if (!["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"].includes(request.method ?? "")) headers.push("Content-Length", "0");
  return headers;
}

/**
 * X-Forwarded-For grows by the peer. Proto and Host are kept when a proxy near us (the one that ends TLS) has set them, else they
 * are ours: somebody from outside doesn't tell Odoo which host it is.
 */
function forwarded(request: IncomingMessage): RawHeaders {
  const peer = plainAddress(request.socket.remoteAddress ?? "");
  const near = isNear(peer);
  const before = request.headers["x-forwarded-for"];
  const proto = near ? request.headers["x-forwarded-proto"] : undefined;
  const host = (near ? request.headers["x-forwarded-host"] : undefined) ?? request.headers.host;
  return [
    "X-Forwarded-For",
    before === undefined ? peer : `${String(before)}, ${peer}`,
    "X-Forwarded-Proto",
    proto === undefined ? "http" : String(proto),
    ...(host === undefined ? [] : ["X-Forwarded-Host", String(host)]),
  ];
}

function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** Loopback, private and link-local networks. Source: RFC 1918, RFC 4193, RFC 3927, RFC 4291. */
function isNear(address: string): boolean {
  return /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i.test(address);
}

/** The name in a Host field, without port, in lower case. */
export function hostnameOf(host: string | undefined): string {
  const name = (host ?? "").trim().toLowerCase();
  const bare = name.startsWith("[") ? name.slice(0, name.indexOf("]") + 1) : name.replace(/:\d*$/, "");
  return bare.endsWith(".") ? bare.slice(0, -1) : bare;
}
