import { InvalidArgumentError, type Command } from "commander";
import { isDigest, type Digest } from "../../../domain/shared/digest.ts";
import { recoverChange } from "../../../http/contract/changes.ts";
import { durationMs, overContract, withCommonOptions, type Building } from "../../action.ts";
import { changeText } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";
import { exitCodes, watch } from "./run.ts";

interface Options {
  readonly reason: string;
  readonly receipt?: Digest;
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly server?: string;
  readonly output: Format;
}

const help = `
When it is possible: from the moment that users are on the new release until the hold horizon is over, as \`change show\` says.
Before it, \`change abort\` goes back and loses nothing; after it, a backup is what is left.

What is lost: where the release updated the database, the original comes back, and what users wrote since reopening goes with
the new one. Read it first, and agree to it by its digest. Where only code was changed nothing is lost, and no receipt is needed.

Afterwards the environment is held: no change runs there until \`environment lift-hold\`. A recovery is never rolled back; go
forward with a new change.

Examples:
  plimsoll change receipt C-12
  plimsoll change recover C-12 --reason 'orders are priced wrong' --receipt sha256:… --watch
${exitCodes}`;

export function addChangeRecover(parent: Command, building: Building): void {
  const command = parent
    .command("recover")
    .description("Take users back to the old release from a new one that fails them")
    .argument("<change>", "id, such as C-12")
    .requiredOption("--reason <text>", "why users are taken back; it goes on record")
    .option("--receipt <digest>", "digest of the loss receipt that was read and is agreed to", receiptDigest)
    .option("--watch", "stay until it has ended, and say what happens")
    .option("--timeout <duration>", "watch at most so long; the recovery goes on", durationMs)
    .addHelpText("after", help)
    .action(async (id: string, options: Options) =>
      overContract(building, options, { worker: options.watch === true }, async (context) => {
        const body = { reason: options.reason, receipt: options.receipt ?? null };
        const change = await context.client.call(recoverChange, { params: { change: id }, body });
        if (options.watch === true && change.deployment !== null) return watch(context, change.deployment, options.timeout);
        return output(context.terminal, context.format, { value: change, names: () => [change.id], table: () => changeText(change) });
      }),
    );
  withCommonOptions(command);
}

function receiptDigest(text: string): Digest {
  if (!isDigest(text)) throw new InvalidArgumentError("must be a digest, such as sha256:… from `plimsoll change receipt`");
  return text;
}
