import { parseArgs } from "node:util";
import pino from "pino";
import type { z } from "zod";
import { PlimsollError } from "../domain/shared/errors.ts";
import { serveControl } from "../systems/daemon/control-server.ts";
import { durableFile } from "../systems/daemon/durable-file.ts";
import { lockStateDirectory, openStateDirectory } from "../systems/daemon/state-directory.ts";
import { GatewayServer } from "../systems/http-gateway/gateway.ts";
import { changeCommand, removeRouteCommand, setRouteCommand, statusCommand } from "../systems/http-gateway/schema.ts";

/** What is in flight at SIGTERM may finish within this. */
const closeMsMax = 10_000;

const log = pino({ name: "gateway", base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: "string" } } });
  if (values.state === undefined) throw new PlimsollError("INPUT_INVALID", "usage: gateway --state <directory>");
  const { socketPath, stateFile } = openStateDirectory(values.state, "gateway");
  if (!lockStateDirectory(values.state, "gateway")) {
    throw new PlimsollError("CONFLICT", `another gateway already runs with the state directory ${values.state}`);
  }
  const gateway = new GatewayServer(durableFile(stateFile), log);
  await gateway.start();
  const control = await serveControl({ socketPath, methods: methodsOf(gateway), log });
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    log.info({}, "closing");
    void Promise.all([gateway.close(closeMsMax), control.close()]).then(() => process.exit(0));
    setTimeout(() => process.exit(0), closeMsMax + 1_000);
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
  process.on("SIGHUP", () => undefined);
  log.info({ socketPath }, "gateway is up");
}

function methodsOf(gateway: GatewayServer): Parameters<typeof serveControl>[0]["methods"] {
  return {
    status: async (parameters) => gateway.status(parse(statusCommand, parameters).environment),
    setRoute: async (parameters) => gateway.setRoute(parse(setRouteCommand, parameters).route),
    change: async (parameters) => {
      const { environment, epoch, change } = parse(changeCommand, parameters);
      return gateway.change(environment, epoch, change);
    },
    removeRoute: async (parameters) => {
      const { environment, epoch } = parse(removeRouteCommand, parameters);
      await gateway.removeRoute(environment, epoch);
    },
  };
}

function parse<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new PlimsollError("INPUT_INVALID", "the command isn't what the gateway understands", {
    because: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}

// Every request and command catches its own errors. What still comes here must not take everybody else's requests with it.
process.on("uncaughtException", (error) => log.error({ error: error.stack }, "uncaught"));
process.on("unhandledRejection", (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, "unhandled"));

main().catch((error: unknown) => {
  log.fatal(
    { error: error instanceof PlimsollError ? error.message : error instanceof Error ? error.stack : String(error) },
    "the gateway can't start",
  );
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
