import type { IncomingMessage } from "node:http";
import type { Upstream, UpstreamTraffic } from "../../app/ports/gateway.ts";
import type { AnswerJudged } from "./answer-kind.ts";
import { readAnswer } from "./answer-reading.ts";
import type { AnswerReading } from "./answer-reading.ts";
import type { Outcome } from "./forward.ts";
import { LatencyHistogram } from "./latency-histogram.ts";

const errorNamesMax = 50;
const nameCharsMax = 120;
const otherNames = "others";

/** What one upstream was sent and answered, from the moment at which it became the upstream; lost with the process. */
export class UpstreamCounters {
  readonly upstream: Upstream;
  readonly #sinceMs: number = performance.now();
  readonly #latencies = new LatencyHistogram();
  readonly #errorNames = new Map<string, number>();
  #inFlight = 0;
  #answers = 0;
  #serverErrors = 0;
  #errorsInBody = 0;
  #businessErrors = 0;
  #unread = 0;
  #unanswered = 0;

  constructor(upstream: Upstream) {
    this.upstream = upstream;
  }

  /** A request goes out now. */
  sent(): SentRequest {
    this.#inFlight++;
    return new SentRequest({
      answered: (answer) => this.#count(answer),
      waited: (ms) => this.#latencies.add(ms),
      unanswered: () => this.#unanswered++,
      over: () => this.#inFlight--,
    });
  }

  /** Nobody listened there for as long as the gateway tries. */
  notReached(): void {
    this.#unanswered++;
  }

  traffic(): UpstreamTraffic {
    return {
      upstream: this.upstream,
      sinceMs: Math.round(performance.now() - this.#sinceMs),
      inFlight: this.#inFlight,
      answers: this.#answers,
      serverErrors: this.#serverErrors,
      errorsInBody: this.#errorsInBody,
      businessErrors: this.#businessErrors,
      unread: this.#unread,
      unanswered: this.#unanswered,
      errorNames: Object.fromEntries(this.#errorNames),
      latencyMs: this.#latencies.summary(),
    };
  }

  #count({ kind, name }: AnswerJudged): void {
    this.#answers++;
    if (kind === "server-error") this.#serverErrors++;
    else if (kind === "error-in-body") this.#errorsInBody++;
    else if (kind === "business-error") this.#businessErrors++;
    else if (kind === "unread") this.#unread++;
    if (name === null) return;
    const short = name.slice(0, nameCharsMax);
    // One place is kept for the rest, so that no answer goes uncounted.
    const counted = this.#errorNames.has(short) || this.#errorNames.size < errorNamesMax - 1 ? short : otherNames;
    this.#errorNames.set(counted, (this.#errorNames.get(counted) ?? 0) + 1);
  }
}

interface Ends {
  answered(answer: AnswerJudged): void;
  waited(ms: number): void;
  unanswered(): void;
  over(): void;
}

/** One request on its way. Its time runs until the head of the answer: how fast the client reads isn't Odoo's doing. */
export class SentRequest {
  readonly #ends: Ends;
  #startedMs: number = performance.now();
  #reading: AnswerReading | null = null;

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** The client has sent the last of its body: until then it was the client who took the time. */
  bodySent(): void {
    if (this.#reading === null) this.#startedMs = performance.now();
  }

  /** The head has come and the way to the client is laid. */
  head(answer: IncomingMessage): void {
    this.#ends.waited(performance.now() - this.#startedMs);
    this.#reading = readAnswer(answer);
  }

  /** A client that left has waited, and that counts; what it would have got nobody knows. */
  over(outcome: Outcome): void {
    this.#ends.over();
    if (outcome === "answered") this.#reading?.end((answer) => this.#ends.answered(answer));
    else if (outcome !== "client-gone") this.#ends.unanswered();
    else if (this.#reading === null) this.#ends.waited(performance.now() - this.#startedMs);
  }
}
