import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Exchange } from "./exchange.ts";
import { endToEnd, upstreamHeaders } from "./headers.ts";
import type { BodyFraming } from "./headers.ts";
import type { SentRequest } from "./upstream-counters.ts";

/** Silence on the connection to Odoo; far above the longest report, so that only what is truly dead is cut. */
const silenceMsMax = 2 * 3_600_000;
export const headerBytesMax: number = 64 * 1024;

export type Outcome = "answered" | "client-gone" | "broken" | "silent";

/**
 * Sends a request on a fresh connection and streams the answer back; both ways no faster than the receiver reads. Whatever goes
 * wrong from here on, the request may have reached Odoo and is never sent again.
 *
 * @param sent is told when the body has gone and the head of the answer has come
 * @param done called once, when Odoo has nothing more to do for it
 */
export function forward(exchange: Exchange, socket: Socket, sent: SentRequest, done: (outcome: Outcome) => void): void {
  const framing = framingNow(exchange);
  let settled = false;
  const settle = (outcome: Outcome): void => {
    if (settled) return;
    settled = true;
    done(outcome);
  };
  const call = httpRequest({
    createConnection: () => socket,
    method: exchange.request.method ?? "GET",
    path: exchange.request.url ?? "/",
    headers: upstreamHeaders(exchange.request, framing, { expect: exchange.awaitsContinue, upgrade: false }),
    setHost: false,
    maxHeaderSize: headerBytesMax,
  });
  call.on("continue", () => exchange.response.writeContinue());
  call.on("information", (info) => passInformation(exchange, info));
  call.on("response", (answer) => passAnswer(exchange, answer, { call, sent, settle }));
  call.on("upgrade", (_answer, upgraded) => {
    // Nobody asked for that.
    upgraded.destroy();
    fail("broken");
  });
  call.on("timeout", () => fail("silent"));
  call.on("error", () => fail("broken"));
  call.setTimeout(silenceMsMax);
  exchange.onGone(() => {
    settle("client-gone");
    call.destroy();
  });
  sendBody(exchange, call, sent);

  function fail(outcome: "broken" | "silent"): void {
    if (settled) return;
    settle(outcome);
    call.destroy();
    exchange.request.unpipe(call);
    if (exchange.response.headersSent) exchange.breakOff();
    else exchange.refuse(outcome);
  }
}

/** A body that was held until its end has a known length, however it came. */
function framingNow(exchange: Exchange): BodyFraming {
  return exchange.framing === "chunked" && exchange.bodyEnded ? { length: exchange.heldBytes } : exchange.framing;
}

function sendBody(exchange: Exchange, call: ClientRequest, sent: SentRequest): void {
  for (const chunk of exchange.chunks) call.write(chunk);
  exchange.chunks = [];
  if (exchange.bodyEnded) {
    call.end();
    return;
  }
  exchange.request.pipe(call);
  exchange.request.once("end", () => sent.bodySent());
}

function passInformation(
  exchange: Exchange,
  info: { readonly statusCode: number; readonly headers: NodeJS.Dict<string | string[]> },
): void {
  try {
    const link = info.headers["link"];
    if (info.statusCode === 102) exchange.response.writeProcessing();
    else if (info.statusCode === 103 && link !== undefined) exchange.response.writeEarlyHints({ link });
  } catch {
    // A hint that Node finds malformed is only a hint.
  }
}

function passAnswer(
  exchange: Exchange,
  answer: IncomingMessage,
  of: { readonly call: ClientRequest; readonly sent: SentRequest; readonly settle: (outcome: Outcome) => void },
): void {
  const { request, response } = exchange;
  const { call, sent, settle } = of;
  const lost = (): void => {
    settle("broken");
    call.destroy();
    exchange.breakOff();
  };
  answer.on("error", lost);
  try {
    const headers = endToEnd(answer.rawHeaders);
    // Odoo answers before it has read everything: the connection can't carry another request.
    if (!request.complete) headers.push("Connection", "close");
    response.writeHead(answer.statusCode as number, answer.statusMessage ?? "", headers);
  } catch {
    return lost();
  }
  answer.pipe(response, { end: false });
  sent.head(answer);
  answer.on("end", () => {
    if (!answer.complete) return lost();
    settle("answered");
    request.unpipe(call);
    exchange.finish();
  });
  // A head without a body yet (a long poll) reaches the client at once; usually both come together and go in one packet.
  setImmediate(() => {
    if (!response.writableEnded && response.writableLength === 0 && !response.destroyed) response.flushHeaders();
  });
}
