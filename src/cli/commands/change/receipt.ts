import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { measureLoss, type LossView } from "../../../http/contract/losses.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { lossText } from "../../render/loss-text.ts";
import { output, type Format } from "../../render/output.ts";

const help = `
It counts what was created and changed since users were let in on the new release, by the dates that Odoo writes into every
row. What those can't show (deletions, links between records, plain SQL) is counted as other writes, and what isn't known is
called unknown. People go on working, so read and decide without a long pause. Reading it changes nothing.

Agree to what you read by its digest: change recover --receipt. When no way back is open any more, or nothing would be lost, it says so.

Examples:
  plimsoll change receipt C-12
  plimsoll change receipt C-12 --export lost.json   # the rows too; nobody but you can read the file
  plimsoll change receipt C-12 -o name              # the digest alone`;

export function addChangeReceipt(parent: Command, building: Building): void {
  const command = parent
    .command("receipt")
    .description("What going back from a change would discard: the loss receipt; after a recovery, what it discarded")
    .argument("<change>", "id, such as C-12")
    .option("--export <file>", "write the rows themselves into this file, as JSON by model")
    .addHelpText("after", help)
    .action(async (id: string, options: { readonly export?: string; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format, progress }) => {
        const rows = options.export === undefined ? "no" : "yes";
        const loss = await client.call(measureLoss, { params: { change: id }, query: { rows }, progress: progress.say });
        progress.end();
        if (options.export !== undefined) await writeRows(options.export, loss);
        output(terminal, format, {
          value: loss,
          names: () => (loss.digest === null ? [] : [loss.digest]),
          table: () => lossText(loss),
        });
        if (options.export !== undefined && (format === "table" || format === "wide"))
          terminal.err(`The rows are in ${options.export}. Keep it as carefully as the database.\n`);
      }),
    );
  withCommonOptions(command);
}

/** Readable by its owner only: what is in it is what is in the database. */
async function writeRows(file: string, { rows }: LossView): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(rows ?? { models: {} }, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new PlimsollError("INPUT_INVALID", `The rows can't be written to ${file}.`, {
      why: error instanceof Error ? error.message : String(error),
      fix: "Name a file in a directory that exists and that you may write to.",
    });
  }
}
