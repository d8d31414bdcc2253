import { Option, type Command } from "commander";
import type { Building } from "../../action.ts";
import { formats, output, type Format } from "../../render/output.ts";
import { table } from "../../render/table.ts";

export function addDoctor(parent: Command, { terminal, setExit }: Building): void {
  parent
    .command("doctor")
    .description("Is everything here that Plimsoll needs on this host? Exit code 1 when something isn't")
    .addOption(new Option("-o, --output <format>", "how to print the answer").choices(formats).default("table"))
    .addOption(new Option("--server <url>", "not used: the doctor looks at this host").hideHelp())
    .addHelpText("after", "\nExample:\n  plimsoll doctor")
    .action(async (options: { readonly output: Format }) => {
      const checks = await terminal.host.doctor();
      output(terminal, options.output, {
        value: { checks },
        names: () => checks.filter((check) => check.verdict !== "passed").map((check) => check.name),
        table: () => {
          const fixes = checks
            .filter((check) => check.verdict !== "passed" && check.fix !== null)
            .map((check) => `${check.name}: ${check.fix}`);
          return [
            table(
              ["part", "verdict", "seen"],
              checks.map((check) => [check.name, check.verdict, check.seen]),
            ),
            ...(fixes.length === 0 ? [] : ["", ...fixes]),
          ].join("\n");
        },
      });
      if (checks.some((check) => check.verdict === "failed")) setExit(1);
    });
}
