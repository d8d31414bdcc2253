import type { Command } from "commander";
import { showChange, showPlan } from "../../../http/contract/changes.ts";
import { showRehearsal } from "../../../http/contract/rehearsals.ts";
import { showDeployment } from "../../../http/contract/deployments.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { changeText, planText } from "../../render/change-text.ts";
import { deploymentText } from "../../render/deployment-text.ts";
import { rehearsalLine } from "../../render/rehearsal-text.ts";
import { output, type Format } from "../../render/output.ts";

export function addChangeShow(parent: Command, building: Building): void {
  const command = parent
    .command("show")
    .description("One change: its plan, and how its deployment goes")
    .argument("<change>", "id, such as C-12")
    .addHelpText("after", "\nExamples:\n  plimsoll change show C-12\n  plimsoll change show C-12 -o wide   # with the plan")
    .action(async (id: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const change = await client.call(showChange, { params: { change: id } });
        if (format !== "table" && format !== "wide")
          return output(terminal, format, { value: change, names: () => [change.id], table: () => "" });
        const withPlan = change.planDigest !== null && (format === "wide" || change.state === "planned");
        const plan = withPlan && change.planDigest !== null ? await client.call(showPlan, { params: { digest: change.planDigest } }) : null;
        const deployment =
          change.deployment === null ? null : await client.call(showDeployment, { params: { deployment: change.deployment } });
        const { rehearsal } = await client.call(showRehearsal, { params: { change: id } });
        const parts = [
          changeText(change),
          ...(rehearsal === null ? [] : [`Rehearsal   ${rehearsalLine(rehearsal)}`]),
          ...(plan === null ? [] : [planText(plan)]),
          ...(deployment === null ? [] : [deploymentText(deployment)]),
        ];
        return output(terminal, format, { value: change, names: () => [change.id], table: () => parts.join("\n\n") });
      }),
    );
  withCommonOptions(command);
}
