import { closeSync, openSync } from "node:fs";
import pino from "pino";

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** JSON lines: of a server to stderr, of a command into the home's log file, so that they don't mix with its answer. */
export function openLog(destination: "stderr" | { readonly file: string }, level: string): Log {
  const options = { name: "plimsoll", level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  if (destination === "stderr") return pino(options, pino.destination({ fd: 2, sync: true }));
  try {
    closeSync(openSync(destination.file, "a", 0o600));
    return pino(options, pino.destination({ dest: destination.file, sync: true, append: true }));
  } catch {
    return pino(options, pino.destination({ fd: 2, sync: true }));
  }
}
