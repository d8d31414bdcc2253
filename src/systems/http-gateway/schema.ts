import { z } from "zod";
import type { Route, TrafficMode, Upstream } from "../../app/ports/gateway.ts";

const port = z.int().min(1).max(65_535);
const epoch = z.int().min(0);
const environment = z.string().min(1).max(200);
const mode = z.enum(["pass", "hold", "maintenance"]);
const upstream = z.strictObject({ host: z.string().min(1).max(255), webPort: port, websocketPort: port.nullable() });

export const routeSchema: z.ZodType<Route> = z.strictObject({
  environment,
  epoch,
  listenHost: z.string().min(1).max(255),
  listenPort: port,
  hostnames: z.array(z.string().min(1).max(255)).max(1_000),
  mode,
  upstream: upstream.nullable(),
  // A Node timer holds 31 bits of milliseconds.
  holdMsMax: z
    .int()
    .min(0)
    .max(24 * 3_600_000),
  heldRequestsMax: z.int().min(0).max(1_000_000),
  heldBytesMax: z.int().min(0),
  releaseConcurrency: z.int().min(1).max(10_000),
});

export const statusCommand: z.ZodType<{ environment: string }> = z.strictObject({ environment });
export const setRouteCommand: z.ZodType<{ route: Route }> = z.strictObject({ route: routeSchema });
export const changeCommand: z.ZodType<{ environment: string; epoch: number; change: { mode?: TrafficMode; upstream?: Upstream } }> =
  z.strictObject({
    environment,
    epoch,
    change: z.strictObject({ mode: mode.exactOptional(), upstream: upstream.exactOptional() }),
  });
export const removeRouteCommand: z.ZodType<{ environment: string; epoch: number }> = z.strictObject({ environment, epoch });

/** What survives a restart. `epochs` remembers environments whose route was removed, so that a late worker stays refused. */
export interface GatewayState {
  readonly version: 1;
  readonly epochs: Readonly<Record<string, number>>;
  readonly routes: readonly Route[];
}

export const gatewayStateSchema: z.ZodType<GatewayState> = z.strictObject({
  version: z.literal(1),
  epochs: z.record(z.string(), epoch),
  routes: z.array(routeSchema),
});
