import { Option, type Command } from "commander";
import type { ChangeState } from "../../../domain/change/change.ts";
import { listChanges } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, wholeNumber, type Building } from "../../action.ts";
import { changeTable } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";

interface Options {
  readonly environment?: string;
  readonly state?: ChangeState;
  readonly limit: number;
  readonly server?: string;
  readonly output: Format;
}

export function addChangeList(parent: Command, building: Building): void {
  const command = parent
    .command("list")
    .description("Changes, newest first")
    .option("--environment <name>", "only of this environment")
    .addOption(
      new Option("--state <state>", "only in this state").choices([
        "draft",
        "planned",
        "approved",
        "running",
        "done",
        "undone",
        "needs-person",
        "cancelled",
      ]),
    )
    .option("--limit <n>", "at most so many", wholeNumber, 50)
    .addHelpText("after", "\nExample:\n  plimsoll change list --environment acme-production --state approved")
    .action(async (options: Options) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { items } = await client.call(listChanges, {
          query: { environment: options.environment, state: options.state, limit: options.limit },
        });
        output(terminal, format, {
          value: { items },
          names: () => items.map((item) => item.id),
          table: (wide) => changeTable(items, wide),
        });
      }),
    );
  withCommonOptions(command);
}
