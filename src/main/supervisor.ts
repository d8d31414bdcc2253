import { parseArgs } from "node:util";
import pino from "pino";
import type { z } from "zod";
import { PlimsollError } from "../domain/shared/errors.ts";
import { serveControl } from "../systems/daemon/control-server.ts";
import { durableFile } from "../systems/daemon/durable-file.ts";
import { lockStateDirectory, openStateDirectory } from "../systems/daemon/state-directory.ts";
import { listProcesses, readEnviron, readProcess } from "../systems/process/identity.ts";
import { ensureCommand, listCommand, stopCommand } from "../systems/supervisor/schema.ts";
import { SupervisorServer } from "../systems/supervisor/supervisor.ts";

const log = pino({ name: "supervisor", base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: "string" } } });
  if (values.state === undefined) throw new PlimsollError("INPUT_INVALID", "usage: supervisor --state <directory>");
  const { socketPath, stateFile } = openStateDirectory(values.state, "supervisor");
  if (!lockStateDirectory(values.state, "supervisor")) {
    throw new PlimsollError("CONFLICT", `another supervisor already runs with the state directory ${values.state}`);
  }
  // Units inherit it; whoever started us may have had another.
  process.umask(0o022);
  const table = { read: readProcess, environ: readEnviron, pids: listProcesses };
  const supervisor = new SupervisorServer(durableFile(stateFile), table, log);
  await supervisor.start();
  const control = await serveControl({ socketPath, methods: methodsOf(supervisor), log });
  const close = (): void => {
    log.info({}, "closing; the units run on");
    void Promise.all([supervisor.close(), control.close()]).then(() => process.exit(0));
    // A stop that still waits for its unit is nothing to wait for.
    setTimeout(() => process.exit(0), 1_000);
  };
  process.once("SIGTERM", close);
  process.once("SIGINT", close);
  process.on("SIGHUP", () => undefined);
  log.info({ socketPath }, "supervisor is up");
}

function methodsOf(supervisor: SupervisorServer): Parameters<typeof serveControl>[0]["methods"] {
  return {
    ensure: async (parameters) => supervisor.ensure(parse(ensureCommand, parameters).unit),
    stop: async (parameters) => {
      const { id, epoch, options } = parse(stopCommand, parameters);
      return supervisor.stop(id, epoch, options);
    },
    list: async (parameters) => supervisor.list(parse(listCommand, parameters).prefix),
  };
}

function parse<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new PlimsollError("INPUT_INVALID", "the command isn't what the supervisor understands", {
    because: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}

// A defect in the care for one unit must not take the care for all others with it.
process.on("uncaughtException", (error) => log.error({ error: error.stack }, "uncaught"));
process.on("unhandledRejection", (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, "unhandled"));

main().catch((error: unknown) => {
  log.fatal(
    { error: error instanceof PlimsollError ? error.message : error instanceof Error ? error.stack : String(error) },
    "the supervisor can't start",
  );
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
