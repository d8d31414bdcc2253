import type { Change } from "../../domain/change/change.ts";
import { outcomeOf, type Deployment } from "../../domain/rollout/deployment.ts";
import { requireRecoverable } from "../../domain/rollout/recovery.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findChange, findDeployment, findPlan } from "../find.ts";
import { requireAgreedLoss } from "../loss-agreement.ts";
import type { StoreReads } from "../ports/store.ts";
import { recoverableRecord } from "../recoverable.ts";
import type { UseCase } from "../use-case.ts";

export interface RecoverChangeInput {
  readonly change: string;
  readonly reason: string;
  /** Digest of the loss receipt that was read; null: nothing can be lost. */
  readonly receipt: Digest | null;
}

/** Users are on a new release that fails them: they are taken back to the old one, as the approved plan says. */
export const recoverChange: UseCase<RecoverChangeInput, { readonly change: Change; readonly deployment: Deployment }> = {
  id: "recover-change",
  permission: "change:recover",

  async handler(world, actor, input) {
    const { store } = world;
    const before = await findChange(store, input.change);
    if (before.deployment === null) throw notBegun(before);
    const deployment = await findDeployment(store, before.deployment);
    const plan = await findPlan(store, deployment.planDigest);
    requireRecoverable(await recoverableRecord(store, deployment, plan, world.clock.now()));
    await requireNothingLater(store, deployment);
    await requireAgreedLoss(world, deployment, plan, input.receipt);
    return store.transaction(async (tx) => {
      const change = await findChange(tx, input.change);
      const wish = { actor: actor.name, reason: input.reason, receipt: input.receipt };
      const asked = await tx.requestRecovery(deployment.id, wish);
      // Under the environment's lock: what began in between has it for itself, and what ended in between is seen.
      await requireNothingLater(tx, asked);
      const running: Change = { ...change, state: "running" };
      await tx.putChange(running);
      await tx.append({
        actor: actor.name,
        type: "change.recovery-requested",
        subjectKind: "change",
        subject: change.id,
        environment: change.spec.environment,
        deployment: deployment.id,
        data: { reason: input.reason, receipt: input.receipt, from: change.state },
      });
      return { change: running, deployment: asked };
    });
  },
};

const deploymentsMax = 10_000;

/** What came later stands on what this deployment made: it has to be taken back first. */
async function requireNothingLater(store: StoreReads, deployment: Deployment): Promise<void> {
  const all = await store.deployments({ environment: deployment.environment, limit: deploymentsMax });
  const at = all.findIndex(({ id }) => id === deployment.id);
  // Newest first: when it isn't among so many, all of them came later.
  for (const other of at === -1 ? all : all.slice(0, at)) {
    if (outcomeOf(other.state) !== "new-and-verified") continue;
    const change = await store.change(other.change);
    // A rehearsal leaves nothing behind that anything could stand on.
    if (change?.kind === "rehearsal") continue;
    const gone = other.state === "settled";
    throw new PlimsollError("CONFLICT", `${other.change} came after ${deployment.change} on ${deployment.environment} and is in use.`, {
      why: `Going back behind ${other.change} would put an old database under a release that isn't its own.`,
      fix: gone
        ? `${other.change} has settled and can't be recovered: go forward with a new change, or restore a backup.`
        : `Recover that first: plimsoll change recover ${other.change} --reason "…"`,
      facts: { change: deployment.change, later: other.change, state: other.state },
    });
  }
}

function notBegun(change: Change): PlimsollError {
  const open = change.state === "draft" || change.state === "planned" || change.state === "approved";
  return new PlimsollError("CONFLICT", `${change.id} has nothing to recover from: it is ${change.state}.`, {
    why: "It never ran.",
    fix: open ? `Cancel it: plimsoll change abort ${change.id} --reason "…"` : `See it: plimsoll change show ${change.id}`,
    facts: { change: change.id, state: change.state },
  });
}
