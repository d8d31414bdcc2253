import type { Socket } from "node:net";
import type { Route, RouteStatus, Upstream } from "../../app/ports/gateway.ts";
import { connectUpstream } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { forward } from "./forward.ts";
import { HoldQueue } from "./hold-queue.ts";
import type { RefusalName } from "./refusal.ts";
import { openTunnel, refuseUpgrade } from "./websocket.ts";
import { UpstreamCounters } from "./upstream-counters.ts";
import type { Tunnel, Upgrade } from "./websocket.ts";

/** The supervisor needs this long at most to start an Odoo that died; see its back-off. */
const refusedMsMax = 4_000;
/** A released request that takes longer gives its place to the next: one long report must not keep the others waiting. */
const releaseSlotMsMax = 5_000;
const websocketsMax = 10_000;
/** The present upstream and those before it: the way back is always among them. */
const countedUpstreamsMax = 3;

export interface TrafficLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The requests of one environment: passed, held, refused. */
export class RouteTraffic {
  readonly #log: TrafficLog;
  readonly #queue: HoldQueue;
  /** Requests whose connection to Odoo isn't there yet: nothing was sent, so they can be called back. */
  readonly #connecting = new Set<AbortController>();
  readonly #tunnels = new Set<Tunnel>();
  #route: Route;
  #closed = false;
  #inFlight = 0;
  #releasing = 0;
  #passedTotal = 0;
  #refusedTotal = 0;
  #notPassingSince: number | null = null;
  /** The present upstream's first. One that comes back begins anew: what it answered before says nothing about now. */
  #counters: readonly UpstreamCounters[] = [];

  constructor(route: Route, log: TrafficLog) {
    this.#route = route;
    this.#log = log;
    this.#queue = new HoldQueue(route, () => this.#refusedTotal++);
    this.configure(route);
  }

  get route(): Route {
    return this.#route;
  }

  status(): RouteStatus {
    return {
      route: this.#route,
      traffic: this.#counters.map((counters) => counters.traffic()),
      inFlight: this.#inFlight,
      websockets: this.#tunnels.size,
      held: this.#queue.length,
      heldBytes: this.#queue.bytes,
      heldSinceMs: this.#notPassingSince === null ? null : Math.round(performance.now() - this.#notPassingSince),
      passedTotal: this.#passedTotal,
      refusedTotal: this.#refusedTotal,
    };
  }

  /** Takes effect within this call: when it returns, no further byte of a new request goes the old way. */
  configure(route: Route): void {
    const before = this.#route;
    this.#route = route;
    this.#queue.configure(route, route.mode === "pass");
    if (route.upstream !== null && !sameUpstream(route.upstream, this.#counters[0]?.upstream ?? null)) {
      this.#counters = [new UpstreamCounters(route.upstream), ...this.#counters].slice(0, countedUpstreamsMax);
    }
    if (route.mode === "pass") this.#notPassingSince = null;
    else this.#notPassingSince ??= performance.now();
    if (route.mode !== "pass" || !sameUpstream(before.upstream, route.upstream)) this.#callBack();
    if (route.mode !== "pass") this.#closeTunnels();
    if (route.mode === "maintenance") this.#queue.refuseAll("maintenance");
    this.#release();
  }

  handle(exchange: Exchange): void {
    exchange.onGone(() => {
      // Its client will ask again: sending it now would make it run twice.
      this.#queue.remove(exchange);
    });
    this.#dispatch(exchange);
  }

  async upgrade(upgrade: Upgrade): Promise<void> {
    const { upstream, mode } = this.#route;
    if (mode !== "pass") return this.#refuseUpgrade(upgrade, mode === "hold" ? "holdFull" : "maintenance");
    if (this.#closed || upstream === null) return this.#refuseUpgrade(upgrade, this.#closed ? "closing" : "noUpstream");
    if (this.#tunnels.size >= websocketsMax) return this.#refuseUpgrade(upgrade, "websocketsFull");
    const connected = await this.#connect(upstream, upgrade.request.url);
    if (connected === "refused") return this.#refuseUpgrade(upgrade, "refused");
    if (connected === "called-back" || !this.#stillGoesTo(upstream)) {
      if (connected !== "called-back") discard(connected);
      return this.upgrade(upgrade);
    }
    if (upgrade.socket.destroyed) return discard(connected);
    const tunnel = openTunnel(upgrade, connected, () => this.#tunnels.delete(tunnel));
    this.#tunnels.add(tunnel);
  }

  /** Answers whoever waits and lets nothing new in; what is in flight goes on. */
  close(name: RefusalName): void {
    this.#closed = true;
    this.#callBack();
    this.#closeTunnels();
    this.#queue.refuseAll(name);
  }

  #dispatch(exchange: Exchange): void {
    const { mode, upstream } = this.#route;
    if (exchange.gone) return;
    if (this.#closed) return this.#refuse(exchange, "closing");
    if (mode === "maintenance") return this.#refuse(exchange, "maintenance");
    if (mode === "hold") return this.#queue.add(exchange);
    if (upstream === null) return this.#refuse(exchange, "noUpstream");
    // Behind those that still wait from the hold.
    if (this.#queue.length > 0) return this.#queue.add(exchange);
    void this.#send(exchange, upstream, () => undefined);
  }

  #release(): void {
    const { mode, upstream, releaseConcurrency } = this.#route;
    if (mode !== "pass" || this.#closed) return;
    if (upstream === null) return this.#queue.refuseAll("noUpstream");
    while (this.#releasing < releaseConcurrency) {
      const exchange = this.#queue.take();
      if (exchange === undefined) return;
      void this.#send(exchange, upstream, this.#takeSlot());
    }
  }

  #takeSlot(): () => void {
    this.#releasing++;
    let taken = true;
    const free = (): void => {
      if (!taken) return;
      taken = false;
      clearTimeout(timer);
      this.#releasing--;
      this.#release();
    };
    const timer = setTimeout(free, releaseSlotMsMax);
    return free;
  }

  async #send(exchange: Exchange, upstream: Upstream, free: () => void): Promise<void> {
    const counters = this.#counters[0];
    const connected = await this.#connect(upstream, exchange.request.url);
    if (connected === "refused") {
      counters?.notReached();
      this.#refuse(exchange, "refused");
      return free();
    }
    if (connected === "called-back" || exchange.gone || !this.#stillGoesTo(upstream)) {
      if (connected !== "called-back") discard(connected);
      this.#dispatch(exchange);
      return free();
    }
    this.#inFlight++;
    this.#passedTotal++;
    // There is an upstream, so there are counters for it.
    const sent = (this.#counters[0] as UpstreamCounters).sent();
    forward(exchange, connected, sent, (outcome) => {
      this.#inFlight--;
      sent.over(outcome);
      if (outcome === "broken" || outcome === "silent") {
        const path = (exchange.request.url ?? "").split("?")[0];
        this.#log.warn(
          { environment: this.#route.environment, method: exchange.request.method, path, outcome },
          "upstream gave no whole answer",
        );
      }
      free();
    });
  }

  /** Asked in the same breath in which the first byte is sent: a hold may have begun while the connection was made. */
  #stillGoesTo(upstream: Upstream): boolean {
    return !this.#closed && this.#route.mode === "pass" && sameUpstream(upstream, this.#route.upstream);
  }

  async #connect(upstream: Upstream, url: string | undefined): Promise<ConnectedOrNot> {
    const cancel = new AbortController();
    this.#connecting.add(cancel);
    const connected = await connectOrCalledBack(upstream, url, cancel);
    this.#connecting.delete(cancel);
    return connected;
  }

  #callBack(): void {
    for (const cancel of this.#connecting) cancel.abort();
  }

  #closeTunnels(): void {
    for (const tunnel of [...this.#tunnels]) tunnel.close();
  }

  #refuse(exchange: Exchange, name: RefusalName): void {
    this.#refusedTotal++;
    exchange.refuse(name);
  }

  #refuseUpgrade(upgrade: Upgrade, name: RefusalName): void {
    this.#refusedTotal++;
    refuseUpgrade(upgrade, name);
  }
}

type ConnectedOrNot = Socket | "refused" | "called-back";

async function connectOrCalledBack(upstream: Upstream, url: string | undefined, cancel: AbortController): Promise<ConnectedOrNot> {
  const port = isWebsocketPath(url) ? (upstream.websocketPort ?? upstream.webPort) : upstream.webPort;
  const connected = await connectUpstream(upstream.host, port, refusedMsMax, cancel.signal);
  if ("failed" in connected) return connected.failed === "refused" ? "refused" : "called-back";
  return connected.socket;
}

function discard(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.destroy();
}

function isWebsocketPath(url: string | undefined): boolean {
  return /^\/websocket(?:[/?]|$)/.test(url ?? "");
}

function sameUpstream(a: Upstream | null, b: Upstream | null): boolean {
  return a?.host === b?.host && a?.webPort === b?.webPort && a?.websocketPort === b?.websocketPort;
}
