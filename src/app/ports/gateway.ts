export type TrafficMode = "pass" | "hold" | "maintenance";

export interface Upstream {
  readonly host: string;
  readonly webPort: number;
  /** Where `/websocket` goes; null: to the web port. */
  readonly websocketPort: number | null;
}

/** What the gateway must do for one environment; durable before it is acknowledged. */
export interface Route {
  readonly environment: string;
  readonly epoch: number;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly hostnames: readonly string[];
  readonly mode: TrafficMode;
  readonly upstream: Upstream | null;
  /** Held requests may wait this long, then get 503 with Retry-After. */
  readonly holdMsMax: number;
  readonly heldRequestsMax: number;
  readonly heldBytesMax: number;
  /** At most this many held requests are let through at once when the hold ends. */
  readonly releaseConcurrency: number;
}

/**
 * What an upstream answered from the moment at which it became the upstream; one that comes back begins anew. JSON answers are
 * read: Odoo answers failed calls with HTTP 200, so status codes say little. An answer is counted when it has gone through
 * whole, and is exactly one of server error, error in body, business error, unread, or well. Not durable: a gateway that was
 * restarted begins at zero.
 */
export interface UpstreamTraffic {
  readonly upstream: Upstream;
  /** How long ago it became the upstream, or the gateway started. */
  readonly sinceMs: number;
  /** Requests that were sent to it and aren't answered yet; websockets don't count. */
  readonly inFlight: number;
  readonly answers: number;
  /** Status 500 and above, whatever the body says. */
  readonly serverErrors: number;
  /** JSON answers below 500 that carry an error which is not the user's own doing. */
  readonly errorsInBody: number;
  /** JSON errors that a user may meet on a good day: access, validation, a session that ended. */
  readonly businessErrors: number;
  /** JSON answers that couldn't be read: packed in a way that isn't known, cut, or with a beginning longer than what is read. */
  readonly unread: number;
  /** Requests that were sent and never answered, or that nobody listened to; a client that left by itself isn't among them. */
  readonly unanswered: number;
  /** How often each exception was seen, by its name, among server errors and errors in bodies; at most 50 names. */
  readonly errorNames: Readonly<Record<string, number>>;
  /** From the last byte of a request to the head of its answer; a client that left counts with the time that it waited. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number } | null;
}

export interface RouteStatus {
  readonly route: Route;
  /** The present upstream first, then those before it; at most three. */
  readonly traffic: readonly UpstreamTraffic[];
  /** Requests that were sent upstream and aren't answered; websockets don't count. */
  readonly inFlight: number;
  readonly websockets: number;
  readonly held: number;
  readonly heldBytes: number;
  /** How long the mode hasn't been `pass`, since this gateway started; null while it passes. */
  readonly heldSinceMs: number | null;
  readonly passedTotal: number;
  readonly refusedTotal: number;
}

/** The control side of the gateway. Lower epochs are refused with EPOCH_SUPERSEDED. */
export interface Gateway {
  status(environment: string): Promise<RouteStatus | null>;
  /** Sets the whole route. @throws PORT_IN_USE */
  setRoute(route: Route): Promise<RouteStatus>;
  /** Changes mode or upstream only. */
  change(environment: string, epoch: number, change: { readonly mode?: TrafficMode; readonly upstream?: Upstream }): Promise<RouteStatus>;
  removeRoute(environment: string, epoch: number): Promise<void>;
}
