import type { Command } from "commander";
import { abortChange } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";

export function addChangeAbort(parent: Command, building: Building): void {
  const command = parent
    .command("abort")
    .description("Cancel a change; while it runs, have its deployment go back")
    .argument("<change>", "id, such as C-12")
    .option("--reason <text>", "why", "")
    .addHelpText("after", "\nExample:\n  plimsoll change abort C-12 --reason 'month-end closing'")
    .action(async (id: string, options: { readonly reason: string; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const change = await client.call(abortChange, { params: { change: id }, body: { reason: options.reason } });
        output(terminal, format, {
          value: change,
          names: () => [change.id],
          table: () =>
            change.asked === "cancelled"
              ? `${change.id} is cancelled.`
              : `${change.deployment} was asked to go back. Watch it: plimsoll change watch ${change.id}`,
        });
      }),
    );
  withCommonOptions(command);
}
