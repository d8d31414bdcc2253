import type { Supervisor, UnitStatus } from "../../app/ports/supervisor.ts";
import { callControl } from "../daemon/control-client.ts";

const timeoutMs = 10_000;
/** What the supervisor needs beside the patience it was asked for. */
const marginMs = 15_000;

/** The supervisor process, seen from the control plane. @throws SERVER_UNREACHABLE when nobody answers on the socket */
export function supervisorClient(options: { readonly socketPath: string }): Supervisor {
  const call = (method: string, parameters: unknown, boundMs = timeoutMs): Promise<unknown> =>
    callControl({ name: "supervisor", ...options }, method, parameters, boundMs);
  return {
    ensure: async (unit) => (await call("ensure", { unit })) as UnitStatus,
    stop: async (id, epoch, patience) =>
      (await call("stop", { id, epoch, options: patience }, patience.graceMs + marginMs)) as { stopped: boolean },
    list: async (prefix) => (await call("list", { prefix })) as UnitStatus[],
  };
}
