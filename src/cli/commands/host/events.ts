import type { Command } from "commander";
import type { EventRecord } from "../../../domain/audit/event.ts";
import { listEvents } from "../../../http/contract/events.ts";
import { overContract, withCommonOptions, wholeNumber, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { table } from "../../render/table.ts";

interface Options {
  readonly environment?: string;
  readonly deployment?: string;
  readonly change?: string;
  readonly after?: number;
  readonly limit: number;
  readonly server?: string;
  readonly output: Format;
}

export function addEvents(parent: Command, building: Building): void {
  const command = parent
    .command("events")
    .description("The record: what happened lately, oldest first")
    .option("--environment <name>", "only of this environment")
    .option("--deployment <id>", "only of this deployment")
    .option("--change <id>", "only about this change")
    .option("--after <sequence>", "what came after this one, from there on", wholeNumber)
    .option("--limit <n>", "at most so many", wholeNumber, 100)
    .addHelpText("after", "\nExample:\n  plimsoll events --environment acme-production --limit 20")
    .action(async (options: Options) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { items } = await client.call(listEvents, {
          query: {
            environment: options.environment,
            deployment: options.deployment,
            after: options.after,
            limit: options.limit,
            ...(options.after === undefined ? { latest: "true" as const } : {}),
            ...(options.change === undefined ? {} : { subjectKind: "change" as const, subject: options.change }),
          },
        });
        output(terminal, format, {
          value: { items },
          names: () => items.map((item) => String(item.sequence)),
          table: (wide) => eventTable(items, wide),
        });
      }),
    );
  withCommonOptions(command);
}

const dataCharactersMax = 160;

function eventTable(events: readonly EventRecord[], wide: boolean): string {
  return table(
    ["#", "at", "what", "about", "by", ...(wide ? ["data"] : [])],
    events.map((event) => [
      String(event.sequence),
      event.at,
      event.type,
      `${event.subjectKind} ${event.subject}`,
      event.actor,
      ...(wide ? [JSON.stringify(event.data).slice(0, dataCharactersMax)] : []),
    ]),
  );
}
