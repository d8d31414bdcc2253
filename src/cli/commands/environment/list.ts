import type { Command } from "commander";
import { listEnvironments } from "../../../http/contract/environments.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { table } from "../../render/table.ts";

export function addEnvironmentList(parent: Command, building: Building): void {
  const command = parent
    .command("list")
    .description("Environments: what serves where")
    .option("--tenant <name>", "only those of a tenant")
    .addHelpText("after", "\nExample:\n  plimsoll environment list --tenant acme")
    .action(async (options: { readonly tenant?: string; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { items } = await client.call(listEnvironments, { query: { tenant: options.tenant } });
        output(terminal, format, {
          value: { items },
          names: () => items.map((item) => item.name),
          table: (wide) =>
            table(
              ["name", "tenant", "stage", "release", "deployment", "url", ...(wide ? ["host", "database", "generation", "updated"] : [])],
              items.map((item) => [
                item.name,
                item.tenant,
                item.stage,
                item.release?.name ?? "base only",
                item.deployment ?? "–",
                item.url,
                ...(wide ? [item.host, item.database, item.generation, item.updatedAt] : []),
              ]),
            ),
        });
      }),
    );
  withCommonOptions(command);
}
