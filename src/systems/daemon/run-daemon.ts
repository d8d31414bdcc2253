import { parseArgs } from "node:util";
import pino from "pino";
import type { z } from "zod";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { serveControl } from "./control-server.ts";
import { durableFile } from "./durable-file.ts";
import { lockStateDirectory, openStateDirectory } from "./state-directory.ts";

type Methods = Parameters<typeof serveControl>[0]["methods"];

/** What makes a daemon of a server: its commands, and how it ends. */
export interface Daemon {
  readonly methods: Methods;
  /** Ends in good order; after `closeMsMax` the process ends without it. */
  close(): Promise<unknown>;
  readonly closeMsMax: number;
}

/**
 * The life of a process that outlives the control plane: `--state <directory>` with its lock, its durable file and its control
 * socket; SIGTERM and SIGINT end it once.
 */
export function runDaemon(name: string, open: (file: ReturnType<typeof durableFile>, log: pino.Logger) => Promise<Daemon>): void {
  const log = pino({ name, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
  // Every command catches its own errors. What still comes here must not take everything else with it.
  process.on("uncaughtException", (error) => log.error({ error: error.stack }, "uncaught"));
  process.on("unhandledRejection", (error) => log.error({ error: error instanceof Error ? error.stack : String(error) }, "unhandled"));
  start(name, open, log).catch((error: unknown) => {
    const said = error instanceof PlimsollError ? error.message : error instanceof Error ? error.stack : String(error);
    log.fatal({ error: said }, `the ${name} can't start`);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}

/** A command's parameters, or a refusal that names what is wrong with them. */
export function parseCommand<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new PlimsollError("INPUT_INVALID", "this isn't a command of this version", {
    because: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}

async function start(name: string, open: Parameters<typeof runDaemon>[1], log: pino.Logger): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: "string" } } });
  if (values.state === undefined) throw new PlimsollError("INPUT_INVALID", `usage: ${name} --state <directory>`);
  const { socketPath, stateFile } = openStateDirectory(values.state, name);
  if (!lockStateDirectory(values.state, name)) {
    throw new PlimsollError("CONFLICT", `another ${name} already runs with the state directory ${values.state}`);
  }
  const daemon = await open(durableFile(stateFile), log);
  const control = await serveControl({ socketPath, methods: daemon.methods, log });
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    log.info({}, "closing");
    void Promise.all([daemon.close(), control.close()]).then(() => process.exit(0));
    setTimeout(() => process.exit(0), daemon.closeMsMax);
  };
  process.on("SIGTERM", close);
  process.on("SIGINT", close);
  process.on("SIGHUP", () => undefined);
  log.info({ socketPath }, `${name} is up`);
}
