import type { Gateway, RouteStatus } from "../../app/ports/gateway.ts";
import { callControl } from "../daemon/control-client.ts";

const timeoutMs = 10_000;

/** The gateway process, seen from the control plane. @throws SERVER_UNREACHABLE when nobody answers on the socket */
export function gatewayClient(options: { readonly socketPath: string }): Gateway {
  const call = (method: string, parameters: unknown): Promise<unknown> =>
    callControl({ name: "gateway", ...options }, method, parameters, timeoutMs);
  return {
    status: async (environment) => (await call("status", { environment })) as RouteStatus | null,
    setRoute: async (route) => (await call("setRoute", { route })) as RouteStatus,
    change: async (environment, epoch, change) => (await call("change", { environment, epoch, change })) as RouteStatus,
    removeRoute: async (environment, epoch) => {
      await call("removeRoute", { environment, epoch });
    },
  };
}
