import { Option, type Command } from "commander";
import { rehearseChange, showRehearsal } from "../../../http/contract/rehearsals.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { output, type Format } from "../../render/output.ts";
import { rehearsalText } from "../../render/rehearsal-text.ts";
import { exitCodeOf, watchDeployment } from "../../watch-deployment.ts";

interface RehearseOptions {
  readonly server?: string;
  readonly output: Format;
  readonly copy: "dump" | "template";
}

const help = `
The copy is neutralised before anything else can connect to it, updated by the same steps and gates as the
change itself, and dropped. By dump (the default) users notice nothing. By template it is made faster, but
users wait while the database is cloned, and scheduled actions that run at that moment are broken off.
While a rehearsal runs no other change of this environment can.

Plan the change afterwards (change plan): its plan names the rehearsal and predicts the wait from it, and the change is held to
what was found. A rehearsal counts for seven days, and only while release, base, installed modules and schema are what they were.

Examples:
  plimsoll rehearse C-6
  plimsoll rehearse C-6 --copy template
  plimsoll rehearse C-6 -o json

Exit codes: 0 passed, 7 failed (nothing live was touched), 1 needs a person.`;

export function addRehearse(program: Command, building: Building): void {
  const command = program
    .command("rehearse")
    .description("Try a change on a copy: will it go through, what will differ, how long will users wait")
    .argument("<change>", "id of the change to try, such as C-6")
    .addOption(new Option("--copy <how>", "how the copy is made").choices(["dump", "template"]).default("dump"))
    .addHelpText("after", help)
    .action(async (id: string, options: RehearseOptions) =>
      overContract(building, options, { worker: true }, async (context) => {
        const { client, terminal, format, progress } = context;
        const started = await client.call(rehearseChange, {
          params: { change: id },
          body: { copy: options.copy },
          progress: (message) => progress.say(message),
        });
        progress.keep(`${started.change} rehearses ${id} as ${started.deployment}`);
        const deployment = await watchDeployment(context, started.deployment, null);
        const { rehearsal } = await client.call(showRehearsal, { params: { change: started.change } });
        context.setExit(exitCodeOf(deployment));
        const value = rehearsal ?? started;
        output(terminal, format, { value, names: () => [value.change], table: () => rehearsalText(value) });
      }),
    );
  withCommonOptions(command);
}
