import type { Change } from "../../domain/change/change.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { requireNotBegun } from "../change-state.ts";
import { findChange } from "../find.ts";
import type { UseCase } from "../use-case.ts";

export interface ApproveChangeInput {
  readonly change: string;
  readonly digest: Digest;
}

/** A person agrees to exactly one plan, by its digest. */
export const approveChange: UseCase<ApproveChangeInput, Change> = {
  id: "approve-change",
  permission: "change:approve",

  async handler(world, actor, input) {
    return world.store.transaction(async (tx) => {
      const change = await findChange(tx, input.change);
      requireNotBegun(change);
      if (change.planDigest === null) {
        throw new PlimsollError("NOT_APPROVED", `${change.id} has no plan yet, so there is nothing to approve.`, {
          fix: `Plan it: plimsoll change plan ${change.id}`,
        });
      }
      if (change.planDigest !== input.digest) {
        throw new PlimsollError("PLAN_DIGEST_MISMATCH", `The plan of ${change.id} is not ${input.digest}.`, {
          why: `Its plan is ${change.planDigest}. It was planned again, or the digest belongs to another plan.`,
          fix: `Read the plan and approve its digest: plimsoll change show ${change.id}`,
          facts: { planned: change.planDigest, given: input.digest },
        });
      }
      if (change.approvedDigest === input.digest) return change;
      const approved: Change = { ...change, state: "approved", approvedDigest: input.digest, approvedBy: actor.name };
      await tx.putChange(approved);
      await tx.append({
        actor: actor.name,
        type: "change.approved",
        subjectKind: "change",
        subject: change.id,
        environment: change.spec.environment,
        deployment: null,
        data: { digest: input.digest },
      });
      return approved;
    });
  },
};
