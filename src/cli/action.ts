import { InvalidArgumentError, Option, type Command } from "commander";
import type { Client } from "./client.ts";
import { formats, type Format } from "./render/output.ts";
import { progressLines, type ProgressLines } from "./render/progress-lines.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandContext {
  readonly terminal: Terminal;
  readonly client: Client;
  readonly inProcess: boolean;
  readonly format: Format;
  readonly progress: ProgressLines;
  setExit(code: number): void;
}

/** What every command is built with. */
export interface Building {
  readonly terminal: Terminal;
  setExit(code: number): void;
}

interface CommonOptions {
  readonly server?: string;
  readonly output: Format;
}

/** Options that every command over the contract has. */
export function withCommonOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--server <url>", "server to ask; without one: that of this host, else one in this process").env("PLIMSOLL_SERVER"),
    )
    .addOption(new Option("-o, --output <format>", "how to print the answer").choices(formats).default("table"));
}

/** Runs the work over a connection that is closed whatever happens. */
export async function overContract(
  building: Building,
  options: CommonOptions,
  needs: { readonly worker: boolean },
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { terminal } = building;
  const progress = progressLines(terminal);
  try {
    progress.say("connecting");
    const connection = await terminal.connect({ server: options.server, worker: needs.worker });
    try {
      await work({
        terminal,
        client: connection.client,
        inProcess: connection.inProcess,
        format: options.output,
        progress,
        setExit: building.setExit,
      });
    } finally {
      progress.say("closing");
      await connection.close();
    }
  } finally {
    progress.end();
  }
}

/** Values of an option that may be given again and again. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("must be a whole number");
  return Number(text);
}

/** `90s`, `10m`, `2h` → milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d{1,6})(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ""];
  if (match === null || unit === undefined) throw new InvalidArgumentError("must be a duration with its unit, such as 90s, 10m or 2h");
  return Number(match[1]) * unit;
}

export function listen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw new InvalidArgumentError("must be address:port, such as 127.0.0.1:7946");
  return { host, port };
}
