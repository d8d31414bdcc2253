import type { Gateway, Route, RouteStatus, TrafficMode, Upstream, UpstreamTraffic } from "../../../src/app/ports/gateway.ts";
import { noAnswers } from "../../../src/domain/fleet/answers.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";

/** The control side of a gateway: routes, modes, epochs. What its upstreams answered, tests say themselves with `answered`. */
export class FakeGateway implements Gateway {
  readonly #routes = new Map<string, Route>();
  /** Highest epoch seen, kept when a route goes. */
  readonly #epochs = new Map<string, number>();
  /** The present upstream's first, by environment. */
  readonly #traffic = new Map<string, readonly UpstreamTraffic[]>();
  inFlight = 0;

  /** Puts counts onto the present upstream of an environment. */
  answered(environment: string, counts: Partial<Omit<UpstreamTraffic, "upstream">>): void {
    const [present, ...before] = this.#traffic.get(environment) ?? [];
    if (present === undefined) throw new Error(`${environment} has no upstream`);
    this.#traffic.set(environment, [{ ...present, ...counts }, ...before]);
  }

  status(environment: string): Promise<RouteStatus | null> {
    const route = this.#routes.get(environment);
    return Promise.resolve(route === undefined ? null : this.#statusOf(route));
  }

  async setRoute(route: Route): Promise<RouteStatus> {
    this.#accept(route.environment, route.epoch);
    const other = [...this.#routes.values()].find(
      (known) => known.environment !== route.environment && known.listenPort === route.listenPort && known.listenHost === route.listenHost,
    );
    if (other !== undefined && other.hostnames.some((name) => route.hostnames.includes(name))) {
      throw new PlimsollError("PORT_IN_USE", `${route.listenHost}:${route.listenPort} serves ${other.environment} under the same name.`);
    }
    this.#put(route);
    return this.#statusOf(route);
  }

  async change(
    environment: string,
    epoch: number,
    change: { readonly mode?: TrafficMode; readonly upstream?: Upstream },
  ): Promise<RouteStatus> {
    const route = this.#routes.get(environment);
    if (route === undefined) throw new PlimsollError("NOT_FOUND", `The gateway has no route for ${environment}.`);
    this.#accept(environment, epoch);
    const next = { ...route, ...change, epoch };
    this.#put(next);
    return this.#statusOf(next);
  }

  async removeRoute(environment: string, epoch: number): Promise<void> {
    this.#accept(environment, epoch);
    this.#routes.delete(environment);
    this.#traffic.delete(environment);
  }

  #put(route: Route): void {
    this.#routes.set(route.environment, route);
    const known = this.#traffic.get(route.environment) ?? [];
    if (route.upstream === null || (known[0] !== undefined && sameUpstream(known[0].upstream, route.upstream))) return;
    this.#traffic.set(route.environment, [silentTraffic(route.upstream), ...known].slice(0, 3));
  }

  #accept(environment: string, epoch: number): void {
    const highest = this.#epochs.get(environment) ?? 0;
    if (epoch < highest) throw new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over: the gateway has seen ${highest}.`);
    this.#epochs.set(environment, epoch);
  }

  #statusOf(route: Route): RouteStatus {
    const held = { held: 0, heldBytes: 0, heldSinceMs: route.mode === "hold" ? 0 : null };
    const traffic = this.#traffic.get(route.environment) ?? [];
    return { route, traffic, inFlight: this.inFlight, websockets: 0, ...held, passedTotal: 0, refusedTotal: 0 };
  }
}

function silentTraffic(upstream: Upstream): UpstreamTraffic {
  return { ...noAnswers, upstream, inFlight: 0 };
}

function sameUpstream(a: Upstream, b: Upstream): boolean {
  return a.host === b.host && a.webPort === b.webPort && a.websocketPort === b.websocketPort;
}
