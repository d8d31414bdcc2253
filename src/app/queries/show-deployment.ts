import type { Plan } from "../../domain/plan/plan.ts";
import type { Deployment, ItemRun } from "../../domain/rollout/deployment.ts";
import { findDeployment, findPlan } from "../find.ts";
import type { StoreReads } from "../ports/store.ts";
import { troubleOf, type Trouble } from "../trouble.ts";
import type { UseCase } from "../use-case.ts";

export interface DeploymentState {
  readonly deployment: Deployment;
  readonly plan: Plan;
  /** Oldest first. */
  readonly runs: readonly ItemRun[];
  /** Median of each item's time in earlier deployments of the environment, by item id, in milliseconds. */
  readonly expectedMs: Readonly<Record<string, number>>;
  /** null: it needs no person. */
  readonly trouble: Trouble | null;
  readonly now: string;
}

/** More say little about the next one, and every look at a deployment reads them. */
const historyMax = 5;

export const showDeployment: UseCase<{ readonly deployment: string }, DeploymentState> = {
  id: "show-deployment",
  permission: "change:read",
  async handler(world, _actor, input) {
    const deployment = await findDeployment(world.store, input.deployment);
    return {
      deployment,
      plan: await findPlan(world.store, deployment.planDigest),
      runs: await world.store.itemRuns(deployment.id),
      expectedMs: await expectedMs(world.store, deployment),
      trouble: await troubleOf(world.store, deployment),
      now: world.clock.now(),
    };
  },
};

export const listDeployments: UseCase<{ readonly environment?: string | undefined; readonly limit: number }, readonly DeploymentState[]> = {
  id: "list-deployments",
  permission: "change:read",
  async handler(world, actor, input) {
    const deployments = await world.store.deployments({
      limit: input.limit,
      ...(input.environment === undefined ? {} : { environment: input.environment }),
    });
    return Promise.all(deployments.map(({ id }) => showDeployment.handler(world, actor, { deployment: id }, () => undefined)));
  },
};

async function expectedMs(store: StoreReads, deployment: Deployment): Promise<Record<string, number>> {
  const earlier = await store.deployments({
    environment: deployment.environment,
    states: ["settling", "settled", "old-intact", "recovered", "recovery-settled"],
    limit: historyMax,
  });
  const times = new Map<string, number[]>();
  for (const each of earlier.filter(({ id }) => id !== deployment.id)) {
    for (const run of await store.itemRuns(each.id)) {
      if (run.state !== "done" || run.endedAt === null) continue;
      times.set(run.item, [...(times.get(run.item) ?? []), Date.parse(run.endedAt) - Date.parse(run.startedAt)]);
    }
  }
  return Object.fromEntries([...times].map(([item, values]) => [item, median(values)]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
