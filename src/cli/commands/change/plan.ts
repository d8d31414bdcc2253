import type { Command } from "commander";
import { planChange } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { planText } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";

export function addChangePlan(parent: Command, building: Building): void {
  const command = parent
    .command("plan")
    .description("Measure the environment and compile the change into a plan; an earlier approval is void")
    .argument("<change>", "id, such as C-12")
    .addHelpText("after", "\nExample:\n  plimsoll change plan C-12")
    .action(async (id: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
        const plan = await client.call(planChange, { params: { change: id }, progress: progress.say });
        progress.end();
        output(terminal, format, {
          value: plan,
          names: () => [plan.digest],
          table: () => `${planText(plan)}\nNext:   plimsoll change approve ${id} --digest ${plan.digest}`,
        });
      }),
    );
  withCommonOptions(command);
}
