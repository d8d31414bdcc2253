import type { Command } from "commander";
import { showRelease } from "../../../http/contract/releases.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { bytes, short } from "../../render/quantities.ts";
import { fields, table } from "../../render/table.ts";

export function addReleaseShow(parent: Command, building: Building): void {
  const command = parent
    .command("show")
    .description("One release with its modules")
    .argument("<release>", "name or full digest")
    .addHelpText("after", "\nExample:\n  plimsoll release show 2026.11")
    .action(async (name: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const release = await client.call(showRelease, { params: { release: name } });
        output(terminal, format, {
          value: release,
          names: () => [release.name],
          table: (wide) =>
            [
              fields([
                ["Release", release.name],
                ["Digest", release.digest],
                ["Series", release.series],
                ["Size", `${release.files} files, ${bytes(release.sizeBytes)}`],
                ["Serves in", release.servesIn.join(", ") || "–"],
                ["Created", `${release.createdAt} by ${release.createdBy}`],
                ["Commit", release.metadata.commit ?? null],
                ["Author", release.metadata.author ?? null],
                ["Notes", release.metadata.notes ?? null],
              ]),
              "",
              table(
                ["module", "version", "digest", "scripts", "files", ...(wide ? ["depends"] : [])],
                release.moduleList.map((module) => [
                  module.installable ? module.name : `${module.name} (not installable)`,
                  module.version,
                  short(module.digest),
                  String(module.migrationScripts.length),
                  String(module.fileCount),
                  ...(wide ? [module.depends.join(", ")] : []),
                ]),
              ),
            ].join("\n"),
        });
      }),
    );
  withCommonOptions(command);
}
