import type { Gateway, RouteStatus } from "../../app/ports/gateway.ts";
import { callControl } from "../daemon/control-client.ts";

const timeoutMs = 10_000;

/** The gateway process, seen from the control plane. @throws SERVER_UNREACHABLE when nobody answers on the socket */
export function gatewayClient(options: { readonly socketPath: string }): Gateway {
  const call = (method: string, parameters: unknown): Promise<unknown> =>
    callControl({ name: "gateway", ...options }, method, parameters, timeoutMs);
  return {
    status: async (environment) => {
      const status = await call("status", { environment });
      return status === null ? null : readStatus(status);
    },
    setRoute: async (route) => readStatus(await call("setRoute", { route })),
    change: async (environment, epoch, change) => readStatus(await call("change", { environment, epoch, change })),
    removeRoute: async (environment, epoch) => {
      await call("removeRoute", { environment, epoch });
    },
  };
}

/** A gateway lives longer than a control plane: one of an earlier version doesn't count, and then nothing is known. */
function readStatus(status: unknown): RouteStatus {
  const known = status as RouteStatus & { readonly traffic?: RouteStatus["traffic"] };
  return { ...known, traffic: known.traffic ?? [] };
}
