import type { Exchange } from "./exchange.ts";
import type { RefusalName } from "./refusal.ts";

export interface HoldLimits {
  readonly holdMsMax: number;
  readonly heldRequestsMax: number;
  readonly heldBytesMax: number;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  readonly detach: () => void;
}

/**
 * Requests that wait, in order of arrival, with as much of their bodies as has come. While the queue is *closed* (a hold) a body
 * beyond the bound is refused; while it *flows* (the hold is over and the queue empties) such a body just stops being read until
 * it is its turn.
 */
export class HoldQueue {
  readonly #refused: () => void;
  readonly #order: Exchange[] = [];
  readonly #waiting = new Map<Exchange, Waiting>();
  #limits: HoldLimits;
  #flows = false;
  #bytes = 0;

  constructor(limits: HoldLimits, refused: () => void) {
    this.#limits = limits;
    this.#refused = refused;
  }

  get length(): number {
    return this.#order.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  configure(limits: HoldLimits, flows: boolean): void {
    this.#limits = limits;
    const closes = this.#flows && !flows;
    this.#flows = flows;
    if (closes) for (const exchange of this.#order) exchange.request.resume();
  }

  add(exchange: Exchange): void {
    const restMs = this.#limits.holdMsMax - (performance.now() - exchange.arrivedMs);
    const announced = typeof exchange.framing === "object" ? exchange.framing.length : 0;
    if (this.#order.length >= this.#limits.heldRequestsMax) return this.#refuse(exchange, "holdFull");
    if (restMs <= 0) return this.#refuse(exchange, "holdTooLong");
    if (!this.#flows && this.#bytes + announced > this.#limits.heldBytesMax) return this.#refuse(exchange, "bodyTooLarge");
    const timer = setTimeout(() => this.#giveUp(exchange, "holdTooLong"), restMs);
    this.#waiting.set(exchange, { timer, detach: this.#collect(exchange) });
    this.#insert(exchange);
    this.#bytes += exchange.heldBytes;
    if (exchange.awaitsContinue) {
      exchange.awaitsContinue = false;
      exchange.response.writeContinue();
    }
  }

  /** The one that came first, with its body as far as it has come; the rest of the body isn't read any more. */
  take(): Exchange | undefined {
    const first = this.#order[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(exchange: Exchange): boolean {
    const waiting = this.#waiting.get(exchange);
    if (waiting === undefined) return false;
    clearTimeout(waiting.timer);
    waiting.detach();
    this.#waiting.delete(exchange);
    this.#order.splice(this.#order.indexOf(exchange), 1);
    this.#bytes -= exchange.heldBytes;
    return true;
  }

  refuseAll(name: RefusalName): void {
    for (const exchange of [...this.#order]) this.#giveUp(exchange, name);
  }

  /** Nearly always at the end; a request that was called back while it was connecting goes to its old place. */
  #insert(exchange: Exchange): void {
    let at = this.#order.length;
    while (at > 0 && (this.#order[at - 1] as Exchange).sequence > exchange.sequence) at--;
    this.#order.splice(at, 0, exchange);
  }

  #collect(exchange: Exchange): () => void {
    if (exchange.bodyEnded) return () => undefined;
    const { request } = exchange;
    const data = (chunk: Buffer): void => {
      exchange.chunks.push(chunk);
      exchange.heldBytes += chunk.length;
      this.#bytes += chunk.length;
      if (this.#bytes <= this.#limits.heldBytesMax) return;
      if (this.#flows) request.pause();
      else this.#giveUp(exchange, "bodyTooLarge");
    };
    const end = (): void => {
      exchange.bodyEnded = true;
    };
    request.on("data", data);
    request.on("end", end);
    request.resume();
    return () => {
      request.pause();
      request.off("data", data);
      request.off("end", end);
    };
  }

  #giveUp(exchange: Exchange, name: RefusalName): void {
    if (this.remove(exchange)) this.#refuse(exchange, name);
  }

  #refuse(exchange: Exchange, name: RefusalName): void {
    this.#refused();
    exchange.refuse(name);
  }
}
