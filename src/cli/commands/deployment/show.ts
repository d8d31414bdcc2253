import type { Command } from "commander";
import { listDeployments, showDeployment } from "../../../http/contract/deployments.ts";
import { overContract, withCommonOptions, wholeNumber, type Building } from "../../action.ts";
import { deploymentText } from "../../render/deployment-text.ts";
import { outcomeOfDeployment } from "../../render/outcome-text.ts";
import { output, type Format } from "../../render/output.ts";
import { duration } from "../../render/quantities.ts";
import { table } from "../../render/table.ts";

export function addDeploymentShow(parent: Command, building: Building): void {
  const command = parent
    .command("show")
    .description("One deployment, item by item, with what its gates found")
    .argument("<deployment>", "id, such as D-12")
    .addHelpText("after", "\nExample:\n  plimsoll deployment show D-12")
    .action(async (id: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const deployment = await client.call(showDeployment, { params: { deployment: id } });
        output(terminal, format, { value: deployment, names: () => [deployment.id], table: () => deploymentText(deployment) });
      }),
    );
  withCommonOptions(command);
}

export function addDeploymentList(parent: Command, building: Building): void {
  const command = parent
    .command("list")
    .description("Deployments, newest first")
    .option("--environment <name>", "only of this environment")
    .option("--limit <n>", "at most so many", wholeNumber, 20)
    .addHelpText("after", "\nExample:\n  plimsoll deployment list --environment acme-production")
    .action(async (options: { readonly environment?: string; readonly limit: number; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { items } = await client.call(listDeployments, { query: { environment: options.environment, limit: options.limit } });
        output(terminal, format, {
          value: { items },
          names: () => items.map((item) => item.id),
          table: (wide) =>
            table(
              ["id", "change", "environment", "release", "outcome", "class", "users waited", "took", ...(wide ? ["begun", "reason"] : [])],
              items.map((item) => [
                item.id,
                item.change,
                item.environment,
                item.release,
                outcomeOfDeployment(item),
                item.observedClass ?? item.plannedClass,
                item.holdMs === null ? "–" : duration(item.holdMs),
                duration(item.elapsedMs),
                ...(wide ? [item.createdAt, item.reason ?? "–"] : []),
              ]),
            ),
        });
      }),
    );
  withCommonOptions(command);
}
