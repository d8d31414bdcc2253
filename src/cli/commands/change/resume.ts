import type { Command } from "commander";
import { resumeChange } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";

const ways = {
  back: "goes on going back",
  forward: "goes on",
  recovery: "goes on taking users back",
  "recovery-back": "takes back what its recovery did: users stay on the new release",
} as const;

export function addChangeResume(parent: Command, building: Building): void {
  const command = parent
    .command("resume")
    .description("Have a change go on that needed a person: back before users were let in, forward afterwards; the same for its recovery")
    .argument("<change>", "id, such as C-12")
    .requiredOption("--reason <text>", "what was found and what was done about it; it goes on record")
    .addHelpText("after", "\nExample:\n  plimsoll change resume C-12 --reason 'renamed the database back'")
    .action(async (id: string, options: { readonly reason: string; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const change = await client.call(resumeChange, { params: { change: id }, body: { reason: options.reason } });
        output(terminal, format, {
          value: change,
          names: () => [change.id],
          table: () => `${change.deployment} ${ways[change.goes]}. Watch it: plimsoll change watch ${change.id}`,
        });
      }),
    );
  withCommonOptions(command);
}
