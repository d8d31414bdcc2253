import type { Change } from "../../domain/change/change.ts";
import type { DeploymentState } from "../../domain/rollout/deployment.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findChange } from "../find.ts";
import type { UseCase } from "../use-case.ts";

export interface ResumeChangeInput {
  readonly change: string;
  /** What the person found and did. */
  readonly reason: string;
}

/** `recovery`: the recovery goes on; `recovery-back`: what the recovery did is taken back, and users stay on the new release. */
export type ResumedWay = "back" | "forward" | "recovery" | "recovery-back";

/** A person has looked at a deployment that stands still and has it go on: back before reopening, forward after it. */
export const resumeChange: UseCase<ResumeChangeInput, { readonly change: Change; readonly goes: ResumedWay }> = {
  id: "resume-change",
  permission: "change:resume",

  async handler(world, actor, input) {
    return world.store.transaction(async (tx) => {
      const change = await findChange(tx, input.change);
      if (change.deployment === null || change.state !== "needs-person") throw nothingToResume(change);
      const deployment = await tx.resumeDeployment(change.deployment, actor.name, input.reason);
      const running: Change = { ...change, state: "running" };
      await tx.putChange(running);
      await tx.append({
        actor: actor.name,
        type: "change.resumed",
        subjectKind: "change",
        subject: change.id,
        environment: change.spec.environment,
        deployment: deployment.id,
        data: { reason: input.reason, to: deployment.state },
      });
      await tx.hint(deployment.id, deployment.host);
      return { change: running, goes: wayOf(deployment.state) };
    });
  },
};

function wayOf(state: DeploymentState): ResumedWay {
  if (state === "recovering") return "recovery";
  if (state === "recovery-going-back") return "recovery-back";
  return state === "going-back" ? "back" : "forward";
}

function nothingToResume(change: Change): PlimsollError {
  return new PlimsollError("CONFLICT", `${change.id} doesn't stand still: it is ${change.state}.`, {
    why: "Only a change that needs a person is resumed by one.",
    fix: `See how it goes: plimsoll change show ${change.id}`,
    facts: { change: change.id, state: change.state },
  });
}
