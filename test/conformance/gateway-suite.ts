import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noAnswers } from "../../src/domain/fleet/answers.ts";
import type { Gateway, Route, RouteStatus } from "../../src/app/ports/gateway.ts";
import { expectRefused } from "./refusal.ts";

export interface GatewayCase {
  readonly gateway: Gateway;
  /** A port on which nobody listens. */
  readonly freePort: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The control side of the gateway: modes, upstreams, epochs. Traffic has tests of its own beside the real one. */
export function gatewayConforms(name: string, make: () => Promise<GatewayCase>): void {
  describe(`gateway: ${name}`, () => {
    let given: GatewayCase;
    let route: Route;

    beforeEach(async () => {
      given = await make();
      route = routeOf("acme-production", await given.freePort(), 3);
    });
    afterEach(async () => {
      await given.close();
    });

    it("knows nothing of an environment without a route", async () => {
      expect(await given.gateway.status("acme-production")).toBeNull();
    });

    it("keeps the whole route, and answers with it", async () => {
      const set = await given.gateway.setRoute(route);
      expect(set.route).toEqual(route);
      expect(set).toMatchObject({ inFlight: 0, websockets: 0, held: 0, heldBytes: 0 });
      expect((await given.gateway.status(route.environment))?.route).toEqual(route);
    });

    it("changes mode and upstream, and nothing else", async () => {
      await given.gateway.setRoute(route);
      const upstream = { host: "127.0.0.1", webPort: 20_010, websocketPort: 20_011 };
      const held = await given.gateway.change(route.environment, 4, { mode: "hold" });
      expect(held.route).toEqual({ ...route, epoch: 4, mode: "hold" });
      const switched = await given.gateway.change(route.environment, 4, { mode: "pass", upstream });
      expect(switched.route).toEqual({ ...route, epoch: 4, mode: "pass", upstream });
    });

    it("refuses a lower epoch, changing nothing; the same epoch may speak again", async () => {
      await given.gateway.setRoute(route);
      await given.gateway.change(route.environment, 5, { mode: "hold" });
      await expectRefused(given.gateway.change(route.environment, 4, { mode: "pass" }), "EPOCH_SUPERSEDED");
      await expectRefused(given.gateway.setRoute({ ...route, epoch: 4 }), "EPOCH_SUPERSEDED");
      await expectRefused(given.gateway.removeRoute(route.environment, 4), "EPOCH_SUPERSEDED");
      expect((await given.gateway.status(route.environment))?.route).toMatchObject({ mode: "hold", epoch: 5 });
      expect((await given.gateway.change(route.environment, 5, { mode: "maintenance" })).route.mode).toBe("maintenance");
    });

    it("remembers the epoch of a route that is gone", async () => {
      await given.gateway.setRoute({ ...route, epoch: 7 });
      await given.gateway.removeRoute(route.environment, 7);
      expect(await given.gateway.status(route.environment)).toBeNull();
      await expectRefused(given.gateway.setRoute({ ...route, epoch: 6 }), "EPOCH_SUPERSEDED");
    });

    it("keeps epochs of environments apart", async () => {
      await given.gateway.setRoute({ ...route, epoch: 9 });
      const other = routeOf("beta-production", await given.freePort(), 1);
      expect((await given.gateway.setRoute(other)).route.epoch).toBe(1);
    });

    it("counts each upstream from the moment at which it became one, and remembers three", async () => {
      const at = (webPort: number): Route["upstream"] & {} => ({ host: "127.0.0.1", webPort, websocketPort: null });
      const ports = (status: RouteStatus | null): number[] | undefined => status?.traffic.map(({ upstream }) => upstream.webPort);
      const { environment } = route;
      expect((await given.gateway.setRoute({ ...route, upstream: null })).traffic).toEqual([]);
      const first = await given.gateway.setRoute({ ...route, upstream: at(20_000) });
      expect(first.traffic).toEqual([{ ...noAnswers, inFlight: 0, upstream: at(20_000), sinceMs: expect.any(Number) as number }]);
      expect(ports(await given.gateway.change(environment, 3, { mode: "hold" }))).toEqual([20_000]);
      expect(ports(await given.gateway.change(environment, 3, { mode: "pass", upstream: at(20_010) }))).toEqual([20_010, 20_000]);
      expect(ports(await given.gateway.change(environment, 3, { upstream: at(20_010) }))).toEqual([20_010, 20_000]);
      await given.gateway.change(environment, 3, { upstream: at(20_000) });
      await given.gateway.change(environment, 3, { upstream: at(20_020) });
      expect(ports(await given.gateway.status(environment))).toEqual([20_020, 20_000, 20_010]);
      await given.gateway.removeRoute(environment, 3);
      expect(ports(await given.gateway.setRoute({ ...route, upstream: at(20_030) }))).toEqual([20_030]);
    });

    it("refuses to change a route that isn't there", async () => {
      await expectRefused(given.gateway.change("nobody", 1, { mode: "hold" }), "NOT_FOUND");
    });
  });
}

function routeOf(environment: string, listenPort: number, epoch: number): Route {
  return {
    environment,
    epoch,
    listenHost: "127.0.0.1",
    listenPort,
    hostnames: [`${environment}.example.com`],
    mode: "pass",
    upstream: { host: "127.0.0.1", webPort: 20_000, websocketPort: null },
    holdMsMax: 1_000,
    heldRequestsMax: 10,
    heldBytesMax: 100_000,
    releaseConcurrency: 2,
  };
}
