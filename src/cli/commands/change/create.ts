import type { Command } from "commander";
import { createChange } from "../../../http/contract/changes.ts";
import { collect, overContract, withCommonOptions, type Building } from "../../action.ts";
import { changeText } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";

interface Options {
  readonly environment: string;
  readonly release: string;
  readonly kind: string;
  readonly reason: string;
  readonly agreeDropTable: string[];
  readonly agreeDropColumn: string[];
  readonly agreeDropRecord: string[];
  readonly agreeDropModule: string[];
  readonly server?: string;
  readonly output: Format;
}

export function addChangeCreate(parent: Command, building: Building): void {
  const command = parent
    .command("create")
    .description("Ask that an environment be taken to a release; nothing runs before its plan is approved")
    .requiredOption("--environment <name>", "environment to change")
    .requiredOption("--release <release>", "release to go to, by name or full digest")
    .option("--kind <kind>", "kind of change", "release")
    .option("--reason <text>", "why", "")
    .option("--agree-drop-table <table>", "the update may drop this table; repeatable", collect, [])
    .option("--agree-drop-column <table.column>", "the update may drop this column; repeatable", collect, [])
    .option("--agree-drop-record <module.name>", "the update may delete this record; repeatable", collect, [])
    .option("--agree-drop-module <module>", "the update may remove this module; repeatable", collect, [])
    .addHelpText(
      "after",
      "\nExamples:\n  plimsoll change create --environment acme-production --release 2026.11 --reason 'November release'\n  plimsoll change create --environment acme-production --release 2026.12 --agree-drop-column project_task.legacy_code",
    )
    .action(async (options: Options) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const change = await client.call(createChange, {
          body: {
            kind: options.kind,
            environment: options.environment,
            release: options.release,
            reason: options.reason,
            agreedRemovals: {
              tables: options.agreeDropTable,
              columns: options.agreeDropColumn,
              records: options.agreeDropRecord,
              modules: options.agreeDropModule,
            },
          },
        });
        output(terminal, format, { value: change, names: () => [change.id], table: () => changeText(change) });
      }),
    );
  withCommonOptions(command);
}
