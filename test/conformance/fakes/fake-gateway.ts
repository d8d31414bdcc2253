import type { Gateway, Route, RouteStatus, TrafficMode, Upstream } from "../../../src/app/ports/gateway.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";

/** The control side of a gateway, without traffic: routes, modes, epochs. */
export class FakeGateway implements Gateway {
  readonly #routes = new Map<string, Route>();
  /** Highest epoch seen, kept when a route goes. */
  readonly #epochs = new Map<string, number>();
  inFlight = 0;

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
    this.#routes.set(route.environment, route);
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
    this.#routes.set(environment, next);
    return this.#statusOf(next);
  }

  async removeRoute(environment: string, epoch: number): Promise<void> {
    this.#accept(environment, epoch);
    this.#routes.delete(environment);
  }

  #accept(environment: string, epoch: number): void {
    const highest = this.#epochs.get(environment) ?? 0;
    if (epoch < highest) throw new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over: the gateway has seen ${highest}.`);
    this.#epochs.set(environment, epoch);
  }

  #statusOf(route: Route): RouteStatus {
    const held = { held: 0, heldBytes: 0, heldSinceMs: route.mode === "hold" ? 0 : null };
    return { route, inFlight: this.inFlight, websockets: 0, ...held, passedTotal: 0, refusedTotal: 0 };
  }
}
