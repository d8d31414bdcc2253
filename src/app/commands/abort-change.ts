import type { Change } from "../../domain/change/change.ts";
import type { DeploymentState } from "../../domain/rollout/deployment.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findChange, findDeployment } from "../find.ts";
import type { UseCase } from "../use-case.ts";

export interface AbortChangeInput {
  readonly change: string;
  readonly reason: string;
}

/** Before it runs: the change is cancelled. While it runs: its deployment goes back, as far as there is a way back. */
export const abortChange: UseCase<AbortChangeInput, { readonly change: Change; readonly asked: "cancelled" | "going-back" }> = {
  id: "abort-change",
  permission: "change:abort",

  async handler(world, actor, input) {
    return world.store.transaction(async (tx) => {
      const change = await findChange(tx, input.change);
      const event = {
        actor: actor.name,
        subjectKind: "change" as const,
        subject: change.id,
        environment: change.spec.environment,
        data: { reason: input.reason },
      };
      if (change.state === "draft" || change.state === "planned" || change.state === "approved") {
        const cancelled: Change = { ...change, state: "cancelled", approvedDigest: null, approvedBy: null };
        await tx.putChange(cancelled);
        await tx.append({ ...event, type: "change.cancelled", deployment: null });
        return { change: cancelled, asked: "cancelled" };
      }
      if (change.state !== "running" || change.deployment === null) throw nothingToAbort(change);
      const deployment = await findDeployment(tx, change.deployment);
      if (deployment.state !== "queued" && deployment.state !== "running" && deployment.state !== "going-back")
        throw nothingToAbort(change, deployment.state);
      await tx.requestAbort(deployment.id, actor.name, input.reason);
      await tx.append({ ...event, type: "change.abort-requested", deployment: deployment.id });
      await tx.hint(deployment.id, deployment.host);
      return { change, asked: "going-back" };
    });
  },
};

function nothingToAbort(change: Change, state: DeploymentState | null = null): PlimsollError {
  const { why, fix } = whyNot(change, state);
  return new PlimsollError("CONFLICT", `${change.id} can't be aborted any more.`, {
    why,
    fix,
    facts: { change: change.id, state: change.state },
  });
}

function whyNot(change: Change, state: DeploymentState | null): { readonly why: string; readonly fix: string } {
  if (change.state === "needs-person") {
    return {
      why: "It stands still, safe, and needs a person.",
      fix: `Look at it, then have it go on: plimsoll change resume ${change.id} --reason "…"`,
    };
  }
  if (change.state === "running" && state !== null) {
    return { why: "It is being recovered: users are taken back already.", fix: `Watch it: plimsoll change watch ${change.id}` };
  }
  if (change.state === "done") {
    return {
      why: "Users are on the new release.",
      fix: `Take them back while that is possible: plimsoll change recover ${change.id} --reason "…"`,
    };
  }
  return { why: `It has ended: ${change.state}.`, fix: `See how it ended: plimsoll change show ${change.id}` };
}
