import type { IncomingMessage, ServerResponse } from "node:http";
import { framingOf } from "./headers.ts";
import type { BodyFraming } from "./headers.ts";
import { refusals, renderRefusal } from "./refusal.ts";
import type { RefusalName } from "./refusal.ts";

/** A client that goes on sending after it was answered is listened to this long, so that it reads the answer. */
const lingerMs = 5_000;

/** One request and its answer, until it was sent upstream or refused. */
export class Exchange {
  /** Order of arrival. */
  readonly sequence: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly framing: BodyFraming;
  readonly arrivedMs: number = performance.now();
  /** The client waits for `100 Continue` before it sends its body. */
  awaitsContinue: boolean;
  /** The client's connection has ended: this must not be sent any more. */
  gone = false;
  /** Set while it is held. */
  chunks: Buffer[] = [];
  heldBytes = 0;
  bodyEnded = false;

  constructor(sequence: number, request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
    this.sequence = sequence;
    this.request = request;
    this.response = response;
    this.framing = framingOf(request);
    this.awaitsContinue = awaitsContinue;
    this.bodyEnded = this.framing === "none";
  }

  /** Tells once when the client's connection ends before it was answered. */
  onGone(callback: () => void): void {
    // The socket, not the response: of pipelined requests only the first has a socket of its own yet.
    const socket = this.request.socket;
    const ended = (): void => {
      this.gone = true;
      callback();
    };
    if (socket.destroyed) ended();
    else socket.once("close", ended);
    this.response.once("finish", () => socket.off("close", ended));
  }

  /** Answers without Odoo. */
  refuse(name: RefusalName): void {
    this.chunks = [];
    if (this.gone || this.response.headersSent) return this.breakOff();
    const refusal = refusals[name];
    const { headers, body } = renderRefusal(this.request, refusal);
    this.response.writeHead(refusal.status, { ...headers, ...(this.request.complete ? {} : { Connection: "close" }) });
    if (body !== "") this.response.write(body);
    this.finish();
  }

  /** Ends the answer; a request that is still arriving is read away first, within a bound. */
  finish(): void {
    if (this.request.complete || this.request.destroyed) {
      this.request.resume();
      this.response.end();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      this.response.end();
    };
    const timer = setTimeout(end, lingerMs);
    this.request.once("end", end);
    this.request.once("close", end);
    this.request.once("error", () => undefined);
    this.request.resume();
  }

  /** Ends the connection in a way that nobody takes for the end of an answer. */
  breakOff(): void {
    this.chunks = [];
    this.request.socket.resetAndDestroy();
  }
}
