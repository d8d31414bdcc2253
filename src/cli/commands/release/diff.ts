import type { Command } from "commander";
import { diffReleases, type ModuleDifference, type ReleaseDifference } from "../../../http/contract/releases.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { areFolders } from "../../places.ts";
import { output, type Format } from "../../render/output.ts";
import { progressLines } from "../../render/progress-lines.ts";
import type { Terminal } from "../../terminal.ts";

const differencesExit = 2;

interface Options {
  readonly server?: string;
  readonly output: Format;
}

const help = `
Each is the name or digest of a release, or both are folders or wheels; those need no server.

Examples:
  plimsoll release diff 2026.10 2026.11
  plimsoll release diff ./addons-old ./addons-new -o wide   # everything`;

export function addReleaseDiff(parent: Command, building: Building): void {
  const command = parent
    .command("diff")
    .description("What the second release changes, by module, file and declaration; exit code 2 when they differ")
    .argument("<from>", "release or folder")
    .argument("<to>", "release or folder")
    .addHelpText("after", help)
    .action(async (from: string, to: string, options: Options) => {
      const { terminal, setExit } = building;
      const show = (difference: ReleaseDifference): void => {
        print(difference, terminal, options.output);
        if (!difference.equal) setExit(differencesExit);
      };
      if (await areFolders([from, to], terminal)) return show(await ofFolders(from, to, terminal));
      return overContract(building, options, { worker: false }, async ({ client, progress }) => {
        const difference = await client.call(diffReleases, { params: { release: from, other: to }, progress: progress.say });
        progress.end();
        show(difference);
      });
    });
  withCommonOptions(command);
}

async function ofFolders(from: string, to: string, terminal: Terminal): Promise<ReleaseDifference> {
  const progress = progressLines(terminal);
  try {
    return await terminal.host.compare({ old: from, new: to }, progress.say);
  } finally {
    progress.end();
  }
}

function print(difference: ReleaseDifference, terminal: Terminal, format: Format): void {
  output(terminal, format, {
    value: difference,
    names: () => difference.modules.map((module) => module.module),
    table: (wide) =>
      difference.equal
        ? `${difference.from} and ${difference.to} have the same content.`
        : difference.modules.map((module) => moduleText(module, wide)).join("\n"),
  });
}

const linesShownMax = 10;

function moduleText(module: ModuleDifference, wide: boolean): string {
  const version =
    module.fromVersion === module.toVersion ? (module.toVersion ?? "") : `${module.fromVersion ?? "–"} → ${module.toVersion ?? "–"}`;
  const { declarations } = module;
  return [
    `${module.module} ${module.change} ${version}`,
    ...lines({ removed: module.filesRemoved, added: module.filesAdded, changed: module.filesChanged }, wide),
    ...(declarations === null ? [] : lines(declarations, wide)),
  ].join("\n");
}

function lines(
  parts: { readonly removed: readonly string[]; readonly added: readonly string[]; readonly changed: readonly string[] },
  wide: boolean,
): string[] {
  const all = [
    ...parts.removed.map((name) => `  - ${name}`),
    ...parts.added.map((name) => `  + ${name}`),
    ...parts.changed.map((name) => `  ~ ${name}`),
  ];
  const shown = wide ? all : all.slice(0, linesShownMax);
  const more = all.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more (-o wide)`] : [])];
}
