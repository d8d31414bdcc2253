import { isAbsolute, resolve } from "node:path";
import type { Command } from "commander";
import { createRelease } from "../../../http/contract/releases.ts";
import { collect, overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { fields } from "../../render/table.ts";
import { bytes } from "../../render/quantities.ts";

interface Options {
  readonly addons: readonly string[];
  readonly series?: string;
  readonly notes?: string;
  readonly server?: string;
  readonly output: Format;
}

export function addReleaseCreate(parent: Command, building: Building): void {
  const command = parent
    .command("create")
    .description("Take a snapshot of addons into the store under a name")
    .argument("<name>", "name of the release; it never changes afterwards")
    .requiredOption("--addons <dir>", "addons folder, or repository@ref:path; repeatable, the first one wins", collect)
    .option("--series <series>", "Odoo series of the addons (default: 19.0)")
    .option("--notes <text>", "what people should know about it")
    .addHelpText(
      "after",
      "\nExamples:\n  plimsoll release create 2026.11 --addons ./addons --addons ./vendor\n  plimsoll release create 2026.11 --addons ../shop@v2026.11:addons",
    )
    .action(async (name: string, options: Options) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
        const release = await client.call(createRelease, {
          body: {
            name,
            sources: options.addons.map((source) => absoluteSource(source, terminal.cwd)),
            series: options.series,
            notes: options.notes,
          },
          progress: progress.say,
        });
        progress.end();
        output(terminal, format, {
          value: release,
          names: () => [release.name],
          table: () =>
            fields([
              ["Release", `${release.name}${release.created ? "" : " (was there already, with this content)"}`],
              ["Digest", release.digest],
              ["Modules", String(release.modules)],
              ["Files", `${release.files} (${bytes(release.sizeBytes)})`],
            ]),
        });
      }),
    );
  withCommonOptions(command);
}

/** The server doesn't know where the command was typed. A reference into a repository keeps its ref and path. */
export function absoluteSource(source: string, cwd: string): string {
  if (source.startsWith("git+")) return source;
  const reference = /^([^@]*)(@[^@:]+:.*|@[^@/]+)$/.exec(source);
  if (reference === null) return isAbsolute(source) ? source : resolve(cwd, source);
  const [, repository = "", rest = ""] = reference;
  return `${isAbsolute(repository) ? repository : resolve(cwd, repository)}${rest}`;
}
