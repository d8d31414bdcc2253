import type { Command } from "commander";
import { listReleases } from "../../../http/contract/releases.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { bytes, short } from "../../render/quantities.ts";
import { table } from "../../render/table.ts";

export function addReleaseList(parent: Command, building: Building): void {
  const command = parent
    .command("list")
    .description("Releases in the store, and where each serves")
    .addHelpText("after", "\nExample:\n  plimsoll release list -o wide")
    .action(async (options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { items } = await client.call(listReleases);
        output(terminal, format, {
          value: { items },
          names: () => items.map((item) => item.name),
          table: (wide) =>
            table(
              ["name", "digest", "series", "modules", "size", "serves in", ...(wide ? ["created", "by"] : [])],
              items.map((item) => [
                item.name,
                wide ? item.digest : short(item.digest),
                item.series,
                String(item.modules),
                bytes(item.sizeBytes),
                item.servesIn.join(", ") || "–",
                ...(wide ? [item.createdAt, item.createdBy] : []),
              ]),
            ),
        });
      }),
    );
  withCommonOptions(command);
}
