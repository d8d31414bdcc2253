import type { Clock } from "../app/ports/clock.ts";
import {
  activeStates,
  deploymentTransitions,
  parkedStates,
  resumedEvent,
  type Deployment,
  type DeploymentState,
  type RecoveryWish,
  type StandstillPast,
} from "../domain/rollout/deployment.ts";
import { hasReopenedIn, lastItemBegun, partOf, requireRecoverable } from "../domain/rollout/recovery.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { lockEnvironment } from "./environments.ts";
import { readItemRuns } from "./item-runs.ts";
import { toJsonb } from "./jsonb.ts";

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
  recovery_wish: RecoveryWish | null;
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

/** The deployment that has the environment for itself now. One that is parked counts while a worker works on it, or a person wants it back. */
export async function activeDeployment(db: Queryable, environment: string): Promise<Deployment | null> {
  const { rows } = await db.query<DeploymentRow>(
    `select * from deployment where environment = $1 and (state = any($2) or (state = any($3) and lease_owner is not null)
       or (state = 'settling' and recovery_wish is not null)) limit 1`,
    [environment, activeStates, parkedStates],
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
  const past = await readPast(db, before);
  const state = deploymentTransitions[before.state][resumedEvent(past)];
  const resumed = await db.query<DeploymentRow>(
    `update deployment set state = $2, reason = $3, resumed_epoch = epoch, wake_at = null,
       recovery_wish = case when $4 then recovery_wish end
     where id = $1 returning *`,
    [id, state, reasonOnResume(before, past, state), past.recovery !== null],
  );
  return { before, deployment: toDeployment(resumed.rows[0] as DeploymentRow) };
}

/** A person wants one back whose users are on the new release. One that stands still is at work again by it. */
export async function requestRecovery(
  db: Queryable,
  id: string,
  wish: RecoveryWish,
): Promise<{ readonly before: Deployment; readonly deployment: Deployment }> {
  const { rows } = await db.query<DeploymentRow>("select * from deployment where id = $1 for update", [id]);
  if (rows[0] === undefined) throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`);
  const before = toDeployment(rows[0]);
  // Deployment before environment, as everywhere; the environment's lock keeps new deployments out until we commit.
  await lockEnvironment(db, before.environment);
  const past = await readPast(db, before);
  requireRecoverable({ deployment: before, ...past });
  const other = await activeDeployment(db, before.environment);
  if (other !== null && other.id !== id) throw runningError(other);
  const stood = before.state === "needs-person";
  const asked = await db.query<DeploymentRow>(
    `update deployment set recovery_wish = $2, wake_at = null, state = $3, reason = case when $4 then null else reason end,
       resumed_epoch = case when $4 then epoch else resumed_epoch end
     where id = $1 returning *`,
    [id, toJsonb(wish), stood ? "running" : before.state, stood],
  );
  return { before, deployment: toDeployment(asked.rows[0] as DeploymentRow) };
}

interface Past extends StandstillPast {
  /** Why it went back first; the reason of a stuck undo has taken its place since. */
  readonly wentBackBecause: string | null;
  readonly recoveryWentBackBecause: string | null;
  readonly recoveredBecause: string | null;
  readonly items: number;
  readonly recoveryItems: number;
  readonly lastBegun: boolean;
}

function reasonOnResume(before: Deployment, past: Past, state: DeploymentState | null): string | null {
  if (state === "going-back") return past.wentBackBecause ?? before.reason;
  if (state === "recovery-going-back") return past.recoveryWentBackBecause ?? before.reason;
  return state === "recovering" ? past.recoveredBecause : null;
}

async function readPast(db: Queryable, deployment: Deployment): Promise<Past> {
  const { rows } = await db.query<{
    reopened: boolean;
    recovered: boolean;
    behind: boolean;
    because: string | null;
    recovery_back: string | null;
    recovering: string | null;
    items: number;
    recovery_items: number;
  }>(
    `with past as (select type, data->>'reason' as reason, sequence from event where deployment = $1)
     select exists (select from past where type = 'deployment.new-and-verified') as reopened,
       exists (select from past where type = 'deployment.recovered') as recovered,
       exists (select from past where type = 'deployment.ledger-behind') as behind,
       (select reason from past where type = 'deployment.going-back' order by sequence desc limit 1) as because,
       (select reason from past where type = 'deployment.recovery-going-back' order by sequence desc limit 1) as recovery_back,
       (select reason from past where type = 'deployment.recovering' order by sequence desc limit 1) as recovering,
       coalesce((select jsonb_array_length(content->'items') from plan where digest = $2), 0) as items,
       coalesce((select jsonb_array_length(content->'recovery'->'items') from plan where digest = $2), 0) as recovery_items`,
    [deployment.id, deployment.planDigest],
  );
  const row = rows[0];
  const items = row?.items ?? 0;
  const recoveryItems = row?.recovery_items ?? 0;
  const runs = await readItemRuns(db, deployment.id);
  const inRecovery = recoveryItems > 0 && partOf(deployment, items) === "recovery";
  return {
    reopened: row?.reopened === true || hasReopenedIn(runs, "plan", items),
    ledgerBehind: row?.behind === true,
    recovery: inRecovery ? { reopened: row?.recovered === true || hasReopenedIn(runs, "recovery", items) } : null,
    wentBackBecause: row?.because ?? null,
    recoveryWentBackBecause: row?.recovery_back ?? null,
    recoveredBecause: row?.recovering ?? null,
    items,
    recoveryItems,
    lastBegun: lastItemBegun(runs, items),
  };
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
    recoveryWish: row.recovery_wish,
    holdStartedAt: row.hold_started_at,
    holdEndedAt: row.hold_ended_at,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}
