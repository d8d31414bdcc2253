import type { Command } from "commander";
import { isDigest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { showPlan } from "../../../http/contract/changes.ts";
import { overContract, withCommonOptions, type Building } from "../../action.ts";
import { planText } from "../../render/change-text.ts";
import { output, type Format } from "../../render/output.ts";

export function addPlanShow(parent: Command, building: Building): void {
  const command = parent
    .command("show")
    .description("A plan by its digest: what exactly would run")
    .argument("<digest>", "sha256:…")
    .addHelpText("after", "\nExample:\n  plimsoll plan show sha256:… -o json")
    .action(async (digest: string, options: { readonly server?: string; readonly output: Format }) =>
      overContract(building, options, { worker: false }, async ({ client, terminal, format }) => {
        if (!isDigest(digest))
          throw new PlimsollError("INPUT_INVALID", `${digest} isn't the digest of a plan.`, {
            why: "A digest is sha256: and 64 hexadecimal digits.",
          });
        const plan = await client.call(showPlan, { params: { digest } });
        output(terminal, format, { value: plan, names: () => [plan.digest], table: () => planText(plan) });
      }),
    );
  withCommonOptions(command);
}
