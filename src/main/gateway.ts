import { parseCommand, runDaemon } from "../systems/daemon/run-daemon.ts";
import { GatewayServer } from "../systems/http-gateway/gateway.ts";
import { changeCommand, removeRouteCommand, setRouteCommand, statusCommand } from "../systems/http-gateway/schema.ts";

/** What is in flight at SIGTERM may finish within this. */
const closeMsMax = 10_000;

runDaemon("gateway", async (file, log) => {
  const gateway = new GatewayServer(file, log);
  await gateway.start();
  return {
    methods: {
      status: async (parameters) => gateway.status(parseCommand(statusCommand, parameters).environment),
      setRoute: async (parameters) => gateway.setRoute(parseCommand(setRouteCommand, parameters).route),
      change: async (parameters) => {
        const { environment, epoch, change } = parseCommand(changeCommand, parameters);
        return gateway.change(environment, epoch, change);
      },
      removeRoute: async (parameters) => {
        const { environment, epoch } = parseCommand(removeRouteCommand, parameters);
        await gateway.removeRoute(environment, epoch);
      },
    },
    close: () => gateway.close(closeMsMax),
    closeMsMax: closeMsMax + 1_000,
  };
});
