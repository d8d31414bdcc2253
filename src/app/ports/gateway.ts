import type { AnswersSeen } from "../../domain/fleet/answers.ts";

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
 * whole. Not durable: a gateway that was restarted begins at zero.
 */
export interface UpstreamTraffic extends AnswersSeen {
  readonly upstream: Upstream;
  /** Requests that were sent to it and aren't answered yet; websockets don't count. */
  readonly inFlight: number;
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
