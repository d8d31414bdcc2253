import type { Plan } from "../domain/plan/plan.ts";
import type { LossReceipt } from "../domain/recovery/loss-receipt.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";
import type { Digest } from "../domain/shared/digest.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { World } from "./world.ts";

/**
 * A recovery that discards what users wrote since reopening needs a loss receipt that somebody read: of this deployment, as it
 * is in the evidence store. Where only code was changed nothing is discarded, and none is needed.
 *
 * @returns the receipt that was agreed to; null: none is needed
 * @throws NOT_APPROVED, NOT_FOUND, INPUT_INVALID
 */
export async function requireAgreedLoss(
  world: World,
  deployment: Deployment,
  plan: Plan,
  digest: Digest | null,
): Promise<LossReceipt | null> {
  if (plan.recovery.kind !== "swap-back" && digest === null) return null;
  const read = `plimsoll change receipt ${deployment.change}`;
  if (digest === null) {
    throw new PlimsollError("NOT_APPROVED", `Nobody has agreed to what recovering ${deployment.change} discards.`, {
      why: "The original database comes back: everything that users wrote since reopening is lost to them.",
      fix: `Read what that is, then agree to it by its digest: ${read}, and repeat with --receipt DIGEST`,
      liftedBy: "a loss receipt of this deployment that somebody agrees to",
      facts: { change: deployment.change, deployment: deployment.id },
    });
  }
  const receipt = asReceipt(await world.evidence.get(digest));
  if (receipt?.deployment === deployment.id && receipt.environment === deployment.environment) return receipt;
  throw new PlimsollError(
    "INPUT_INVALID",
    receipt === null ? `${digest} isn't a loss receipt.` : `The loss receipt is of ${receipt.deployment} on ${receipt.environment}.`,
    {
      why: `${deployment.change} runs as ${deployment.id} on ${deployment.environment}.`,
      fix: `Make one of this change: ${read}`,
      facts: { digest, deployment: deployment.id },
    },
  );
}

function asReceipt(value: unknown): LossReceipt | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const found = value as Partial<LossReceipt>;
  const fits = found.formatVersion === 1 && typeof found.deployment === "string" && Array.isArray(found.lines);
  return fits && typeof found.sentence === "string" && typeof found.environment === "string" ? (found as LossReceipt) : null;
}
