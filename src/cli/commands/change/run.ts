import type { Command } from "commander";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { runChange, showChange } from "../../../http/contract/changes.ts";
import { durationMs, overContract, withCommonOptions, type Building, type CommandContext } from "../../action.ts";
import { changeText } from "../../render/change-text.ts";
import { deploymentText } from "../../render/deployment-text.ts";
import { output, type Format } from "../../render/output.ts";
import { exitCodeOf, watchDeployment } from "../../watch-deployment.ts";

interface Options {
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly server?: string;
  readonly output: Format;
}

export const exitCodes: string =
  "\nExit codes with --watch: 0 new and verified, 7 old and intact (gone back), 8 recovered (users were taken back), 1 needs a person, 6 still running at --timeout.";

export function addChangeRun(parent: Command, building: Building): void {
  const command = parent
    .command("run")
    .description("Measure again, and start what was approved")
    .argument("<change>", "id, such as C-12")
    .option("--watch", "stay until it has ended, and say what happens")
    .option("--timeout <duration>", "watch at most so long; the deployment goes on", durationMs)
    .addHelpText(
      "after",
      `\nExample:\n  plimsoll change run C-12 --watch\n${exitCodes}\nWithout a server on this host the work is done by this command: then --watch is needed.`,
    )
    .action(async (id: string, options: Options) =>
      overContract(building, options, { worker: true }, async (context) => {
        if (context.inProcess && options.watch !== true) {
          throw new PlimsollError("SERVER_UNREACHABLE", "No server works on deployments here.", {
            why: "Without one this command does the work itself, and has to stay for it.",
            fix: `Start a server with plimsoll up, or stay: plimsoll change run ${id} --watch`,
          });
        }
        const change = await context.client.call(runChange, { params: { change: id }, progress: context.progress.say });
        if (options.watch === true && change.deployment !== null) return watch(context, change.deployment, options.timeout);
        return output(context.terminal, context.format, { value: change, names: () => [change.id], table: () => changeText(change) });
      }),
    );
  withCommonOptions(command);
}

export function addChangeWatch(parent: Command, building: Building): void {
  const command = parent
    .command("watch")
    .description("Stay until the deployment of a change has ended, and say what happens")
    .argument("<change>", "id, such as C-12")
    .option("--timeout <duration>", "watch at most so long; the deployment goes on", durationMs)
    .addHelpText("after", `\nExample:\n  plimsoll change watch C-12 --timeout 10m\n${exitCodes}`)
    .action(async (id: string, options: Options) =>
      overContract(building, options, { worker: true }, async (context) => {
        const change = await context.client.call(showChange, { params: { change: id } });
        if (change.deployment !== null) return watch(context, change.deployment, options.timeout);
        throw new PlimsollError(
          "CONFLICT",
          `${id} has no deployment to watch; it is ${change.state}.`,
          change.next === null ? {} : { fix: `Next: ${change.next}` },
        );
      }),
    );
  withCommonOptions(command);
}

export async function watch(context: CommandContext, deployment: string, timeoutMs: number | undefined): Promise<void> {
  const end = await watchDeployment(context, deployment, timeoutMs ?? null);
  context.progress.end();
  output(context.terminal, context.format, { value: end, names: () => [end.id], table: () => deploymentText(end) });
  context.setExit(exitCodeOf(end));
}
