import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Gateway, Route, RouteStatus } from "../../app/ports/gateway.ts";
import { Listener } from "./listener.ts";
import { RouteTraffic } from "./route-traffic.ts";
import { gatewayStateSchema } from "./schema.ts";
import type { GatewayState } from "./schema.ts";

const relistenMs = 1_000;

export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Text that is on the disk when `write` returns. */
export interface GatewayStore {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

/** The gateway itself: every command is on the disk before it takes effect, and has taken effect before it is acknowledged. */
export class GatewayServer implements Gateway {
  readonly #store: GatewayStore;
  readonly #log: GatewayLog;
  readonly #traffic = new Map<string, RouteTraffic>();
  /** By `host port`. */
  readonly #listeners = new Map<string, Listener>();
  #epochs: Record<string, number> = {};
  #turn: Promise<unknown> = Promise.resolve();
  #relisten: NodeJS.Timeout | undefined;

  constructor(store: GatewayStore, log: GatewayLog) {
    this.#store = store;
    this.#log = log;
  }

  /** Comes back as it was. A port that is taken meanwhile is tried again until it is free; the other routes are served. */
  async start(): Promise<void> {
    const text = await this.#store.read();
    if (text !== null) {
      const state = parseState(text);
      this.#epochs = { ...state.epochs };
      for (const route of state.routes) this.#traffic.set(route.environment, new RouteTraffic(route, this.#log));
    }
    await this.#listenEverywhere();
    for (const { route } of this.#traffic.values()) this.#log.info(factsOf(route), "route restored");
  }

  async status(environment: string): Promise<RouteStatus | null> {
    return this.#traffic.get(environment)?.status() ?? null;
  }

  setRoute(route: Route): Promise<RouteStatus> {
    return this.#inTurn(async () => {
      this.#checkEpoch(route.environment, route.epoch);
      this.#checkShared(route);
      await this.#listenFor(route);
      try {
        return await this.#put(route);
      } finally {
        // The new port, when the route couldn't be written, or the old one, which the route has left.
        this.#closeUnused();
      }
    });
  }

  change(environment: string, epoch: number, change: Parameters<Gateway["change"]>[2]): Promise<RouteStatus> {
    return this.#inTurn(async () => {
      this.#checkEpoch(environment, epoch);
      const traffic = this.#traffic.get(environment);
      if (traffic === undefined) throw new PlimsollError("NOT_FOUND", `the gateway has no route for ${environment}`);
      const mode = change.mode === undefined ? {} : { mode: change.mode };
      const upstream = change.upstream === undefined ? {} : { upstream: change.upstream };
      return await this.#put({ ...traffic.route, ...mode, ...upstream, epoch });
    });
  }

  removeRoute(environment: string, epoch: number): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkEpoch(environment, epoch);
      const traffic = this.#traffic.get(environment);
      const others = [...this.#traffic.values()].filter((other) => other !== traffic).map((other) => other.route);
      await this.#save({ ...this.#epochs, [environment]: epoch }, others);
      this.#traffic.delete(environment);
      traffic?.close("closing");
      this.#closeUnused();
      this.#log.info({ environment, epoch }, "route removed");
    });
  }

  /** Answers who waits with 503, lets what is in flight finish within the bound, and cuts the rest. */
  async close(boundMs: number): Promise<void> {
    clearTimeout(this.#relisten);
    const closing = [...this.#listeners.values()].map((listener) => listener.close(boundMs));
    this.#listeners.clear();
    for (const traffic of this.#traffic.values()) traffic.close("closing");
    await Promise.all(closing);
  }

  /** Commands run one after the other; one that fails doesn't stop the next. */
  #inTurn<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(command);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #put(route: Route): Promise<RouteStatus> {
    const others = [...this.#traffic.values()].map((traffic) => traffic.route).filter((other) => other.environment !== route.environment);
    await this.#save({ ...this.#epochs, [route.environment]: route.epoch }, [...others, route]);
    let traffic = this.#traffic.get(route.environment);
    if (traffic === undefined) {
      traffic = new RouteTraffic(route, this.#log);
      this.#traffic.set(route.environment, traffic);
    } else traffic.configure(route);
    this.#log.info(factsOf(route), "route set");
    return traffic.status();
  }

  async #save(epochs: Record<string, number>, routes: readonly Route[]): Promise<void> {
    const state: GatewayState = { version: 1, epochs, routes };
    await this.#store.write(JSON.stringify(state));
    this.#epochs = epochs;
  }

  #checkEpoch(environment: string, epoch: number): void {
    const highest = this.#epochs[environment] ?? 0;
    if (epoch >= highest) return;
    throw new PlimsollError("EPOCH_SUPERSEDED", `the gateway obeys epoch ${highest} of ${environment}; ${epoch} is over`, {
      why: "another worker has taken over this environment",
      facts: { environment, epoch, highest },
    });
  }

  /** Two environments may share a port when every request says by its host name whom it means. */
  #checkShared(route: Route): void {
    for (const { route: other } of this.#traffic.values()) {
      if (other.environment === route.environment || keyOf(other) !== keyOf(route)) continue;
      const names = new Set(other.hostnames.map((name) => name.toLowerCase()));
      const shared = route.hostnames.find((name) => names.has(name.toLowerCase()));
      const bothAny = names.size === 0 && route.hostnames.length === 0;
      if (shared === undefined && !bothAny) continue;
      const what = shared === undefined ? "every host name" : shared;
      throw new PlimsollError(
        "PORT_IN_USE",
        `port ${route.listenPort} on ${route.listenHost} already serves ${what} for ${other.environment}`,
        {
          fix: "choose another port, or give each environment host names of its own",
          facts: { host: route.listenHost, port: route.listenPort },
        },
      );
    }
  }

  #find(key: string, hostname: string): RouteTraffic | null {
    let any: RouteTraffic | null = null;
    for (const traffic of this.#traffic.values()) {
      if (keyOf(traffic.route) !== key) continue;
      if (traffic.route.hostnames.length === 0) any = traffic;
      else if (traffic.route.hostnames.some((name) => name.toLowerCase() === hostname)) return traffic;
    }
    return any;
  }

  async #listenFor(route: Route): Promise<void> {
    const key = keyOf(route);
    if (this.#listeners.has(key)) return;
    const listener = new Listener(route.listenHost, route.listenPort, (hostname) => this.#find(key, hostname), this.#log);
    await listener.listen();
    this.#listeners.set(key, listener);
  }

  async #listenEverywhere(): Promise<void> {
    let missing = false;
    for (const { route } of this.#traffic.values()) {
      try {
        await this.#listenFor(route);
      } catch (error) {
        missing = true;
        this.#log.error({ ...factsOf(route), error: String(error) }, "can't listen; trying again");
      }
    }
    if (missing) this.#relisten = setTimeout(() => void this.#inTurn(() => this.#listenEverywhere()), relistenMs);
  }

  #closeUnused(): void {
    const used = new Set([...this.#traffic.values()].map((traffic) => keyOf(traffic.route)));
    for (const [key, listener] of [...this.#listeners]) {
      if (used.has(key)) continue;
      this.#listeners.delete(key);
      // In the background: answers that are on their way may take long.
      void listener.close(24 * 3_600_000);
    }
  }
}

function keyOf(route: Route): string {
  return `${route.listenHost} ${route.listenPort}`;
}

function factsOf(route: Route): object {
  const { environment, epoch, mode, upstream, listenHost, listenPort } = route;
  return { environment, epoch, mode, upstream, listenHost, listenPort };
}

function parseState(text: string): GatewayState {
  try {
    return gatewayStateSchema.parse(JSON.parse(text));
  } catch (error) {
    // Passing traffic on a guess could let writes into a database that is being swapped.
    throw new PlimsollError(
      "STATE_UNEXPECTED",
      "the gateway can't read what it wrote about its routes",
      { fix: "restore its state file, or remove it and set the routes again" },
      error,
    );
  }
}
