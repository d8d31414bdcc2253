import type { Clock } from "../app/ports/clock.ts";
import type { Fence } from "../app/ports/store.ts";
import {
  claimableStates,
  finalStates,
  isResting,
  parkedStates,
  reachable,
  type Deployment,
  type DeploymentState,
} from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { activeDeployment, toDeployment, type DeploymentRow } from "./deployments.ts";
import { lockEnvironment } from "./environments.ts";

/** How long one that is parked waits while another has the environment. */
export const settleAgainMs = 60_000;

export interface Seen {
  readonly epoch: number;
  readonly beat: number;
  readonly owner: string | null;
}

/** Unowned and due, or owned: the sweeper compares the beats of the latter. */
export async function due(db: Queryable, clock: Clock, host: string): Promise<Deployment[]> {
  const { rows } = await db.query<DeploymentRow>(
    `select * from deployment
     where host = $1 and state = any($3)
       and (lease_owner is not null or wake_at is null or wake_at <= $2)
     order by number`,
    [host, clock.now(), claimableStates],
  );
  return rows.map(toDeployment);
}

/**
 * Compare and swap on what the claimer saw. The environment's row gives out the epoch, so that no two deployments of one
 * environment ever carry the same one.
 */
export async function claim(
  db: Queryable,
  clock: Clock,
  id: string,
  owner: string,
  seen: Seen,
  epochFloor: number,
): Promise<Deployment | null> {
  // Deployment before environment, as `fenced` with setServing does: one order, no deadlock.
  const { rows } = await db.query<DeploymentRow>(
    `select * from deployment
     where id = $1 and epoch = $2 and beat = $3 and lease_owner is not distinct from $4
       and state = any($5)
     for update`,
    [id, seen.epoch, seen.beat, seen.owner, claimableStates],
  );
  if (rows[0] === undefined) return null;
  const { environment, state } = toDeployment(rows[0]);
  const { epoch: highest } = await lockEnvironment(db, environment);
  if (parkedStates.includes(state)) {
    const other = await activeDeployment(db, environment);
    if (other !== null && other.id !== id) return park(db, clock, id);
  }
  const epoch = Math.max(highest, epochFloor) + 1;
  await db.query("update environment set epoch = $2 where name = $1", [environment, epoch]);
  const claimed = await db.query<DeploymentRow>(
    "update deployment set epoch = $2, lease_owner = $3, beat = 0, wake_at = null where id = $1 returning *",
    [id, epoch, owner],
  );
  return toDeployment(claimed.rows[0] as DeploymentRow);
}

async function park(db: Queryable, clock: Clock, id: string): Promise<null> {
  await db.query("update deployment set wake_at = $2, lease_owner = null where id = $1", [id, later(clock, settleAgainMs)]);
  return null;
}

export async function beat(db: Queryable, id: string, fence: Fence): Promise<boolean> {
  const { rows } = await db.query<{ beat: boolean }>("select beat($1, $2, $3)", [id, fence.owner, fence.epoch]);
  return rows[0]?.beat === true;
}

export async function giveUp(db: Queryable, id: string, fence: Fence): Promise<void> {
  await db.query("update deployment set lease_owner = null where id = $1 and lease_owner = $2 and epoch = $3", [
    id,
    fence.owner,
    fence.epoch,
  ]);
}

/** Locks the deployment for the transaction when the fence still holds. @throws LEASE_LOST */
export async function lockFenced(db: Queryable, id: string, fence: Fence): Promise<Deployment> {
  const { rows } = await db.query<DeploymentRow>("select * from deployment where id = $1 and lease_owner = $2 and epoch = $3 for update", [
    id,
    fence.owner,
    fence.epoch,
  ]);
  if (rows[0] === undefined) {
    throw new PlimsollError("LEASE_LOST", `This worker no longer has deployment ${id}.`, {
      why: "Another worker took it over.",
      facts: { deployment: id, epoch: fence.epoch },
    });
  }
  return toDeployment(rows[0]);
}

/** Moves along the transition table only. A resting state gives the lease back in the same statement. */
export async function moveTo(
  db: Queryable,
  clock: Clock,
  from: Deployment,
  to: DeploymentState,
  change: { readonly position?: number; readonly reason?: string | null; readonly wakeAt?: string | null; readonly observedClass?: string },
): Promise<Deployment> {
  if (!reachable(from.state, to)) {
    throw new PlimsollError("STATE_UNEXPECTED", `Deployment ${from.id} can't go from ${from.state} to ${to}.`);
  }
  const parked = parkedStates.includes(to) && change.wakeAt !== undefined && change.wakeAt !== null;
  const released = parked || (isResting(to) && !parkedStates.includes(to));
  const ended = finalStates.includes(to);
  const { rows } = await db.query<DeploymentRow>(
    `update deployment set state = $2, position = coalesce($3, position),
       reason = case when $4 then $5 else reason end,
       wake_at = case when $6 then $7::timestamptz else wake_at end,
       observed_class = coalesce($8, observed_class),
       lease_owner = case when $9 then null else lease_owner end,
       ended_at = case when $10 then $11::timestamptz else ended_at end
     where id = $1 returning *`,
    [
      from.id,
      to,
      change.position ?? null,
      change.reason !== undefined,
      change.reason ?? null,
      change.wakeAt !== undefined,
      change.wakeAt ?? null,
      change.observedClass ?? null,
      released,
      ended,
      clock.now(),
    ],
  );
  return toDeployment(rows[0] as DeploymentRow);
}

export function later(clock: Clock, ms: number): string {
  return new Date(Date.parse(clock.now()) + ms).toISOString();
}
