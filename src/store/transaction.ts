import type pg from "pg";
import type { Clock } from "../app/ports/clock.ts";
import type { Fence, FencedTransaction, StoreTransaction } from "../app/ports/store.ts";
import type { NewEvent } from "../domain/audit/event.ts";
import type { Deployment, RecoveryWish } from "../domain/rollout/deployment.ts";
import { nextChangeId, putChange } from "./changes.ts";
import { createDeployment, requestAbort, requestRecovery, resumeDeployment } from "./deployments.ts";
import { holdEnvironment, putEnvironment, setServing } from "./environments.ts";
import { append } from "./events.ts";
import { hint } from "./hints.ts";
import { endItem, startItem } from "./item-runs.ts";
import { lockFenced, moveTo } from "./leases.ts";
import { putPlan } from "./plans.ts";
import { storeReads } from "./reads.ts";
import { putRelease } from "./releases.ts";
import { putTenant } from "./tenants.ts";

/** Runs work in one transaction; its events are written last, in the same commit. */
export async function inTransaction<T>(
  pool: pg.Pool,
  clock: Clock,
  work: (tx: StoreTransaction, client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const events: NewEvent[] = [];
    const result = await work(storeTransaction(client, clock, events), client);
    await append(client, clock, events);
    await client.query("commit");
    return result;
  } catch (error) {
    // A client whose rollback fails has a dead connection: the pool must not hand it out again.
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

export function inFencedTransaction<T>(
  pool: pg.Pool,
  clock: Clock,
  id: string,
  fence: Fence,
  work: (tx: FencedTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, clock, async (tx, client) => {
    let deployment = await lockFenced(client, id, fence);
    return work({
      ...tx,
      async moveTo(state, change) {
        deployment = await moveTo(client, clock, deployment, state, change);
      },
      async holdStarted() {
        await client.query("update deployment set hold_started_at = coalesce(hold_started_at, $2) where id = $1", [id, clock.now()]);
      },
      async holdEnded() {
        await client.query("update deployment set hold_ended_at = $2 where id = $1 and hold_started_at is not null", [id, clock.now()]);
      },
      startItem: (item) => startItem(client, clock, { ...item, deployment: id, epoch: fence.epoch }),
      endItem: (position, end) => endItem(client, clock, id, position, fence.epoch, end),
    });
  });
}

function storeTransaction(client: pg.PoolClient, clock: Clock, events: NewEvent[]): StoreTransaction {
  const reads = storeReads(client);
  return {
    ...reads,
    async events(query) {
      // What this transaction appended itself is part of what it reads.
      await append(client, clock, events.splice(0));
      return reads.events(query);
    },
    putTenant: (tenant) => putTenant(client, clock, tenant),
    putEnvironment: (spec, initial) => putEnvironment(client, clock, spec, initial),
    setServing: (environment, serving) => setServing(client, clock, environment, serving),
    putRelease: (release) => putRelease(client, release),
    nextChangeId: () => nextChangeId(client),
    putChange: (change) => putChange(client, change),
    putPlan: (digest, plan) => putPlan(client, clock, digest, plan),
    createDeployment: (deployment) => createDeployment(client, clock, deployment),
    async requestAbort(id, actor, reason) {
      const { deployment, accepted } = await requestAbort(client, id);
      events.push({
        actor,
        type: accepted ? "deployment.abort-requested" : "deployment.abort-refused",
        subjectKind: "deployment",
        subject: id,
        environment: deployment.environment,
        deployment: id,
        data: { reason, state: deployment.state },
      });
    },
    async resumeDeployment(id, actor, reason) {
      const { before, deployment } = await resumeDeployment(client, id);
      events.push(resumedEventOf(before, deployment, actor, reason));
      return deployment;
    },
    async requestRecovery(id, wish) {
      const { before, deployment } = await requestRecovery(client, id, wish);
      events.push(recoveryRequestedEvent(before, wish));
      await hint(client, id, deployment.host);
      return deployment;
    },
    holdEnvironment: (environment, hold) => holdEnvironment(client, clock, environment, hold),
    async append(event) {
      events.push(event);
    },
    hint: (deployment, host, runAt) => hint(client, deployment, host, runAt),
  };
}

function resumedEventOf(before: Deployment, { state }: Deployment, actor: string, reason: string): NewEvent {
  return {
    actor,
    type: "deployment.resumed",
    subjectKind: "deployment",
    subject: before.id,
    environment: before.environment,
    deployment: before.id,
    data: { reason, to: state, position: before.position, stoodStillBecause: before.reason },
  };
}

function recoveryRequestedEvent(before: Deployment, { actor, reason, receipt }: RecoveryWish): NewEvent {
  return {
    actor,
    type: "deployment.recovery-requested",
    subjectKind: "deployment",
    subject: before.id,
    environment: before.environment,
    deployment: before.id,
    data: { reason, receipt, state: before.state, position: before.position },
  };
}
