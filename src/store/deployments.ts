import type { Clock } from "../app/ports/clock.ts";
import {
  activeStates,
  deploymentTransitions,
  hasReopened,
  resumedEvent,
  type Deployment,
  type DeploymentState,
} from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { lockEnvironment } from "./environments.ts";
import { readItemRuns } from "./item-runs.ts";

export interface DeploymentRow {
  id: string;
  change: string;
  environment: string;
  host: string;
  plan_digest: Deployment["planDigest"];
  state: DeploymentState;
  position: number;
  epoch: number;
  resumed_epoch: number;
  lease_owner: string | null;
  beat: number;
  wake_at: string | null;
  reason: string | null;
  observed_class: string | null;
  abort_requested: boolean;
  hold_started_at: string | null;
  hold_ended_at: string | null;
  created_at: string;
  ended_at: string | null;
}

export async function readDeployment(db: Queryable, id: string): Promise<Deployment | null> {
  const { rows } = await db.query<DeploymentRow>("select * from deployment where id = $1", [id]);
  return rows[0] === undefined ? null : toDeployment(rows[0]);
}

/** Newest first. */
export async function readDeployments(
  db: Queryable,
  filter: { readonly environment?: string; readonly change?: string; readonly states?: readonly DeploymentState[]; readonly limit: number },
): Promise<Deployment[]> {
  const { rows } = await db.query<DeploymentRow>(
    `select * from deployment
     where ($1::text is null or environment = $1) and ($2::text is null or change = $2) and ($3::text[] is null or state = any($3))
     order by number desc limit $4`,
    [filter.environment ?? null, filter.change ?? null, filter.states ?? null, filter.limit],
  );
  return rows.map(toDeployment);
}

/** @throws DEPLOYMENT_RUNNING naming the one that has the environment */
export async function createDeployment(
  db: Queryable,
  clock: Clock,
  wanted: { readonly change: string; readonly environment: string; readonly host: string; readonly planDigest: string },
): Promise<Deployment> {
  // With the environment's row locked nobody else can create or re-activate one until we commit.
  await lockEnvironment(db, wanted.environment);
  const other = await activeDeployment(db, wanted.environment);
  if (other !== null) throw runningError(other);
  const { rows } = await db.query<DeploymentRow>(
    `with next as (select nextval('deployment_number') as number)
     insert into deployment (id, number, change, environment, host, plan_digest, state, created_at)
     select 'D-' || number, number, $1, $2, $3, $4, 'queued', $5 from next returning *`,
    [wanted.change, wanted.environment, wanted.host, wanted.planDigest, clock.now()],
  );
  return toDeployment(rows[0] as DeploymentRow);
}

/** The deployment that has the environment for itself now. One that settles counts while a worker works on it. */
export async function activeDeployment(db: Queryable, environment: string): Promise<Deployment | null> {
  const { rows } = await db.query<DeploymentRow>(
    `select * from deployment where environment = $1 and (state = any($2) or (state = 'settling' and lease_owner is not null)) limit 1`,
    [environment, activeStates],
  );
  return rows[0] === undefined ? null : toDeployment(rows[0]);
}

/** Notes the wish and who had it; the worker sees it. Once users are on the new release it is too late, and the event says so. */
export async function requestAbort(db: Queryable, id: string): Promise<{ readonly deployment: Deployment; readonly accepted: boolean }> {
  const { rows } = await db.query<DeploymentRow>("select * from deployment where id = $1 for update", [id]);
  if (rows[0] === undefined) throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`);
  const deployment = toDeployment(rows[0]);
  const accepted = deployment.state === "queued" || deployment.state === "running" || deployment.state === "going-back";
  if (accepted) await db.query("update deployment set abort_requested = true where id = $1", [id]);
  return { deployment, accepted };
}

/** @throws CONFLICT when it doesn't need a person */
export async function resumeDeployment(
  db: Queryable,
  id: string,
): Promise<{ readonly before: Deployment; readonly deployment: Deployment }> {
  // Locked before its record is read: of two persons who resume at once the second finds it resumed.
  const { rows } = await db.query<DeploymentRow>("select * from deployment where id = $1 for update", [id]);
  if (rows[0] === undefined) throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`);
  const before = toDeployment(rows[0]);
  if (before.state !== "needs-person") throw notStandingStill(before);
  const past = await readPast(db, id);
  const state = deploymentTransitions[before.state][resumedEvent(past)];
  const resumed = await db.query<DeploymentRow>(
    "update deployment set state = $2, reason = $3, resumed_epoch = epoch, wake_at = null where id = $1 returning *",
    [id, state, state === "going-back" ? (past.wentBackBecause ?? before.reason) : null],
  );
  return { before, deployment: toDeployment(resumed.rows[0] as DeploymentRow) };
}

interface Past {
  readonly reopened: boolean;
  readonly ledgerBehind: boolean;
  /** Why it went back first; the reason of a stuck undo has taken its place since. */
  readonly wentBackBecause: string | null;
}

async function readPast(db: Queryable, id: string): Promise<Past> {
  const { rows } = await db.query<{ reopened: boolean; behind: boolean; because: string | null }>(
    `select exists (select from event where deployment = $1 and type = 'deployment.new-and-verified') as reopened,
       exists (select from event where deployment = $1 and type = 'deployment.ledger-behind') as behind,
       (select data->>'reason' from event where deployment = $1 and type = 'deployment.going-back' order by sequence desc limit 1) as because`,
    [id],
  );
  const reopened = rows[0]?.reopened === true || hasReopened(await readItemRuns(db, id));
  return { reopened, ledgerBehind: rows[0]?.behind === true, wentBackBecause: rows[0]?.because ?? null };
}

export function notStandingStill(deployment: Deployment): PlimsollError {
  return new PlimsollError("CONFLICT", `Deployment ${deployment.id} doesn't stand still: it is ${deployment.state}.`, {
    why: "Only one that needs a person is resumed by one.",
    fix: `see how it goes: plimsoll change show ${deployment.change}`,
    facts: { deployment: deployment.id, change: deployment.change, state: deployment.state },
  });
}

export function runningError(other: Deployment): PlimsollError {
  return new PlimsollError(
    "DEPLOYMENT_RUNNING",
    `Deployment ${other.id} of change ${other.change} has ${other.environment} (${other.state}).`,
    {
      why: "Only one deployment at a time may touch an environment.",
      fix: `wait for it, or abort it: plimsoll change abort ${other.change}`,
      facts: { deployment: other.id, change: other.change, state: other.state },
    },
  );
}

export function toDeployment(row: DeploymentRow): Deployment {
  return {
    id: row.id,
    change: row.change,
    environment: row.environment,
    host: row.host,
    planDigest: row.plan_digest,
    state: row.state,
    position: row.position,
    epoch: row.epoch,
    resumedEpoch: row.resumed_epoch,
    leaseOwner: row.lease_owner,
    beat: row.beat,
    wakeAt: row.wake_at,
    reason: row.reason,
    observedClass: row.observed_class,
    abortRequested: row.abort_requested,
    holdStartedAt: row.hold_started_at,
    holdEndedAt: row.hold_ended_at,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
