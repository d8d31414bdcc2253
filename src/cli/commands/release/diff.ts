import type { Command } from "commander";
import { diffReleases, type ModuleDifference } from "../../../http/contract/releases.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";

const differencesExit = 2;

export function addReleaseDiff(parent: Command, building: Building): void {
  const command = parent
    .command("diff")
    .description("What the second release changes, by module and file; exit code 2 when they differ")
    .argument("<from>", "name or full digest")
    .argument("<to>", "name or full digest")
    .addHelpText("after", "\nExample:\n  plimsoll release diff 2026.10 2026.11")
    .action(async (release: string, other: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, setExit }) => {
        const difference = await client.call(diffReleases, { params: { release, other } });
        output(terminal, format, {
          value: difference,
          names: () => difference.modules.map((module) => module.module),
          table: (wide) =>
            difference.equal
              ? `${difference.from} and ${difference.to} have the same content.`
              : difference.modules.map((module) => moduleText(module, wide)).join("\n"),
        });
        if (!difference.equal) setExit(differencesExit);
      }),
    );
  withCommonOptions(command);
}

const filesShownMax = 10;

function moduleText(module: ModuleDifference, wide: boolean): string {
  const version =
    module.fromVersion === module.toVersion ? (module.toVersion ?? "") : `${module.fromVersion ?? "–"} → ${module.toVersion ?? "–"}`;
  const files = [
    ...module.filesRemoved.map((path) => `  - ${path}`),
    ...module.filesAdded.map((path) => `  + ${path}`),
    ...module.filesChanged.map((path) => `  ~ ${path}`),
  ];
  const shown = wide ? files : files.slice(0, filesShownMax);
  const more = files.length - shown.length;
  return [`${module.module} ${module.change} ${version}`, ...shown, ...(more > 0 ? [`  and ${more} more (-o wide)`] : [])].join("\n");
}
