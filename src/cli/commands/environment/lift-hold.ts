import { Option, type Command } from "commander";
import { liftHold } from "../../../http/contract/environments.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";

const help = `
After a recovery an environment is held: nothing changes it by itself, so that users aren't taken to what failed them a second
time. Rehearsals run meanwhile. Whoever lifts the hold has looked at what failed and says so.

Where the recovery left background work stopped, it is started before the hold is lifted. When mails, messages, jobs or scheduled
actions would leave a second time then, say what is to happen: --outbox cancel leaves exactly those out, --outbox send lets them.

Examples:
  plimsoll environment lift-hold acme-production --reason 'the price rule is fixed in 2026.12'
  plimsoll environment lift-hold acme-production --reason 'customers have those mails already' --outbox cancel`;

export function addEnvironmentLiftHold(parent: Command, building: Building): void {
  const command = parent
    .command("lift-hold")
    .description("Let changes run again on an environment that was recovered")
    .argument("<environment>", "name")
    .requiredOption("--reason <text>", "what was found and done; it goes on record")
    .addOption(new Option("--outbox <choice>", "what to do with what the new release has sent already").choices(["cancel", "send"]))
    .addHelpText("after", help)
    .action(
      async (
        name: string,
        options: { readonly reason: string; readonly outbox?: "cancel" | "send"; readonly server?: string; readonly output: Format },
      ) =>
        overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
          const environment = await client.call(liftHold, {
            params: { environment: name },
            body: { reason: options.reason, ...(options.outbox === undefined ? {} : { outbox: options.outbox }) },
            progress: progress.say,
          });
          progress.end();
          output(terminal, format, {
            value: environment,
            names: () => [environment.name],
            table: () => [`${environment.name} isn't held any more: changes may run.`, ...environment.notes].join("\n"),
          });
        }),
    );
  withCommonOptions(command);
}
