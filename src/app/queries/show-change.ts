import type { Change, ChangeState } from "../../domain/change/change.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { Deployment } from "../../domain/rollout/deployment.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { findChange, findPlan } from "../find.ts";
import type { StoreReads } from "../ports/store.ts";
import { recoveryStateOf, type RecoveryState } from "../recoverable.ts";
import { troubleOf, type Trouble } from "../trouble.ts";
import type { UseCase } from "../use-case.ts";

export interface ChangeInContext {
  readonly change: Change;
  readonly plan: Plan | null;
  readonly deployment: Deployment | null;
  /** null: it needs no person. */
  readonly trouble: Trouble | null;
  /** The way back from the new release; null: there is none, or users aren't there. */
  readonly recovery: RecoveryState | null;
}

export const showChange: UseCase<{ readonly change: string }, ChangeInContext> = {
  id: "show-change",
  permission: "change:read",
  async handler(world, _actor, input) {
    return inContext(world.store, await findChange(world.store, input.change), world.clock.now());
  },
};

export interface ListChangesInput {
  readonly environment?: string | undefined;
  readonly state?: ChangeState | undefined;
  readonly limit: number;
}

export const listChanges: UseCase<ListChangesInput, readonly ChangeInContext[]> = {
  id: "list-changes",
  permission: "change:read",
  async handler(world, _actor, input) {
    const changes = await world.store.changes({
      limit: input.limit,
      ...(input.environment === undefined ? {} : { environment: input.environment }),
      ...(input.state === undefined ? {} : { state: input.state }),
    });
    return Promise.all(changes.map((change) => inContext(world.store, change, world.clock.now())));
  },
};

export const showPlan: UseCase<{ readonly digest: Digest }, Plan> = {
  id: "show-plan",
  permission: "change:read",
  handler: (world, _actor, input) => findPlan(world.store, input.digest),
};

/** @param now what the clock says, for what depends on it */
export async function inContext(store: StoreReads, change: Change, now: string): Promise<ChangeInContext> {
  const deployment = change.deployment === null ? null : await store.deployment(change.deployment);
  return {
    change,
    plan: change.planDigest === null ? null : await store.plan(change.planDigest),
    deployment,
    trouble: deployment === null ? null : await troubleOf(store, deployment),
    recovery: deployment === null ? null : await recoveryStateOf(store, deployment, now),
  };
}
