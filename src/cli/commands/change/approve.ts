import type { Command } from "commander";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { isDigest } from "../../../domain/shared/digest.ts";
import { approveChange } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { changeText } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";

export function addChangeApprove(parent: Command, building: Building): void {
  const command = parent
    .command("approve")
    .description("Agree to exactly one plan, by its digest")
    .argument("<change>", "id, such as C-12")
    .requiredOption("--digest <digest>", "digest of the plan that you read (sha256:…)")
    .addHelpText("after", '\nExample:\n  plimsoll change approve C-12 --digest "$(plimsoll change plan C-12 -o name)"')
    .action(async (id: string, options: { readonly digest: string; readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        const { digest } = options;
        if (!isDigest(digest)) {
          throw new PlimsollError("PLAN_DIGEST_MISMATCH", `${digest} isn't the digest of a plan.`, {
            why: "A digest is sha256: and 64 hexadecimal digits.",
            fix: `Read the plan: plimsoll change show ${id}`,
          });
        }
        const change = await client.call(approveChange, { params: { change: id }, body: { digest } });
        output(terminal, format, { value: change, names: () => [change.id], table: () => changeText(change) });
      }),
    );
  withCommonOptions(command);
}
