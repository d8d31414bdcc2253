import { fileURLToPath } from "node:url";
import type { Gateway } from "../app/ports/gateway.ts";
import type { Supervisor } from "../app/ports/supervisor.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { gatewayClient } from "../systems/http-gateway/client.ts";
import { ensureSupervisor, gatewayUnit } from "../systems/supervisor/ensure-supervisor.ts";
import { supervisorClient } from "../systems/supervisor/client.ts";
import type { Home } from "./home.ts";

const gatewayAnswerMsMax = 10_000;
const pollMs = 50;
/** The gateway belongs to no environment: nobody competes for it, so its epoch never grows. */
const gatewayEpoch = 0;

export interface Daemons {
  readonly supervisor: Supervisor;
  readonly gateway: Gateway;
  /** Starts what doesn't run. */
  ensure(): Promise<void>;
}

/** Supervisor and gateway of this home. A call that finds one of them gone starts it and asks again, once. */
export function openDaemons(home: Home): Daemons {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = (name: string): string => fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
  const nodePath = process.execPath;
  const bareSupervisor = supervisorClient({ socketPath: `${home.supervisor}/supervisor.sock` });
  const bareGateway = gatewayClient({ socketPath: `${home.gateway}/gateway.sock` });
  const ensureSupervisorRuns = async (): Promise<void> => {
    await ensureSupervisor({ stateDirectory: home.supervisor, nodePath, entry: entry("supervisor") });
  };
  const supervisor = retrying(bareSupervisor, ensureSupervisorRuns);
  const ensureGatewayRuns = async (): Promise<void> => {
    await supervisor.ensure(gatewayUnit({ stateDirectory: home.gateway, nodePath, entry: entry("gateway"), epoch: gatewayEpoch }));
    await untilAnswering(bareGateway);
  };
  return {
    supervisor,
    gateway: retrying(bareGateway, ensureGatewayRuns),
    ensure: async () => {
      await ensureSupervisorRuns();
      await ensureGatewayRuns();
    },
  };
}

function retrying<T extends object>(client: T, ensure: () => Promise<void>): T {
  const wrapped = Object.entries(client).map(([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => [
    name,
    async (...args: unknown[]): Promise<unknown> => {
      try {
        return await method(...args);
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== "SERVER_UNREACHABLE") throw error;
        await ensure();
        return method(...args);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

async function untilAnswering(gateway: Gateway): Promise<void> {
  const deadlineMs = performance.now() + gatewayAnswerMsMax;
  for (;;) {
    try {
      await gateway.status("none");
      return;
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code !== "SERVER_UNREACHABLE" || performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}
