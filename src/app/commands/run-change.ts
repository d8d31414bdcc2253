import type { Change } from "../../domain/change/change.ts";
import { staleReasons, type Plan, type StaleReason } from "../../domain/plan/plan.ts";
import { activeStates, type Deployment } from "../../domain/rollout/deployment.ts";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import { shortDigest, type Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { requireNotBegun } from "../change-state.ts";
import { findChange, findPlan } from "../find.ts";
import { requireNotHeld } from "../environment-hold.ts";
import type { StoreReads } from "../ports/store.ts";
import { changeKindOf, measurePlanningFacts } from "../queries/measure-planning-facts.ts";
import type { Actor, Progress, UseCase } from "../use-case.ts";
import type { World } from "../world.ts";

export interface RunChangeInput {
  readonly change: string;
}

export interface StartedChange {
  readonly change: Change;
  readonly deployment: Deployment;
}

/** Starts what was approved, after measuring again that the world is still the one that the plan was made for. */
export const runChange: UseCase<RunChangeInput, StartedChange> = {
  id: "run-change",
  permission: "change:run",

  async handler(world, actor, input, progress) {
    const before = await findChange(world.store, input.change);
    const digest = requireRunnable(before);
    await requireNoActive(world.store, before);
    await requireNotHeld(world.store, before);
    const plan = await findPlan(world.store, digest);
    const stale = await measureStaleness(world, before, plan, progress);
    if (stale.length > 0) {
      await voidApproval(world, actor, before, stale);
      throw planStale(before, stale);
    }
    return world.store.transaction(async (tx) => {
      // Read again: of two that start at once the second finds the first one's deployment.
      const change = await findChange(tx, input.change);
      if (requireRunnable(change) !== digest) throw notApproved(change);
      await requireNoActive(tx, change);
      await requireNotHeld(tx, change);
      const deployment = await tx.createDeployment({
        change: change.id,
        environment: plan.environment,
        host: plan.host,
        planDigest: digest,
      });
      const running: Change = { ...change, state: "running", deployment: deployment.id };
      await tx.putChange(running);
      await tx.append({
        actor: actor.name,
        type: "change.started",
        subjectKind: "change",
        subject: change.id,
        environment: plan.environment,
        deployment: deployment.id,
        data: { digest, deployment: deployment.id },
      });
      await tx.hint(deployment.id, plan.host);
      return { change: running, deployment };
    });
  },
};

/** @returns the approved digest. @throws NOT_APPROVED, DEPLOYMENT_RUNNING, CONFLICT */
function requireRunnable(change: Change): Digest {
  requireNotBegun(change);
  if (change.approvedDigest === null || change.approvedDigest !== change.planDigest) throw notApproved(change);
  return change.approvedDigest;
}

function notApproved(change: Change): PlimsollError {
  const { id, planDigest } = change;
  return new PlimsollError("NOT_APPROVED", planDigest === null ? `${id} has no plan yet.` : `The plan of ${id} is not approved.`, {
    why: "Nothing runs that was not approved.",
    fix:
      planDigest === null
        ? `Plan it: plimsoll change plan ${id}`
        : `Read it and approve it: plimsoll change approve ${id} --digest ${planDigest}`,
    liftedBy: "an approval of the plan's digest",
    facts: { change: id, planDigest },
  });
}

async function requireNoActive(store: StoreReads, change: Change): Promise<void> {
  const [active] = await store.deployments({ environment: change.spec.environment, states: activeStates, limit: 1 });
  if (active === undefined) return;
  throw new PlimsollError("DEPLOYMENT_RUNNING", `${active.id} of ${active.change} is at work on ${active.environment}.`, {
    why: "An environment has one deployment at a time.",
    fix: `Watch it: plimsoll change watch ${active.change}`,
    liftedBy:
      active.state === "needs-person"
        ? `a person who looks at it: plimsoll change resume ${active.change} --reason "…"`
        : `the end of ${active.id}`,
    facts: { deployment: active.id, state: active.state, environment: active.environment },
  });
}

async function measureStaleness(world: World, change: Change, plan: Plan, progress: Progress): Promise<StaleReason[]> {
  progress("measuring again what the plan rests on");
  const facts = await measurePlanningFacts(world, change, progress);
  const now = changeKindOf(world, change).plan(change, facts, plan.createdAt, world.describe);
  const stale = staleReasons(plan.facts, now.facts, (a, b) => canonicalJson(a) === canonicalJson(b));
  // What a name means may have changed, although releases themselves don't.
  if (now.to.digest !== plan.to.digest) stale.push({ fact: "release", planned: plan.to.digest, now: now.to.digest });
  return stale;
}

async function voidApproval(world: World, actor: Actor, change: Change, stale: readonly StaleReason[]): Promise<void> {
  await world.store.transaction(async (tx) => {
    const current = await findChange(tx, change.id);
    if (current.state !== "approved" || current.approvedDigest !== change.approvedDigest) return;
    await tx.putChange({ ...current, state: "planned", approvedDigest: null, approvedBy: null });
    await tx.append({
      actor: actor.name,
      type: "change.approval-voided",
      subjectKind: "change",
      subject: change.id,
      environment: change.spec.environment,
      deployment: null,
      data: { digest: change.approvedDigest, changed: stale.map((reason) => ({ ...reason })) },
    });
  });
}

function planStale(change: Change, stale: readonly StaleReason[]): PlimsollError {
  const because = stale.flatMap(describeStale);
  return new PlimsollError(
    "PLAN_STALE",
    `The plan of ${change.id} no longer fits ${change.spec.environment}: ${stale.map((reason) => reason.fact).join(", ")} changed since it was made.`,
    {
      why: because.join("; "),
      because,
      fix: `Plan it again and approve the new plan: plimsoll change plan ${change.id}`,
      liftedBy: "a new plan and its approval",
      facts: { change: change.id, environment: change.spec.environment },
    },
  );
}

const differencesShownMax = 10;

/** One line per difference; of a table of values only the members that differ. */
function describeStale(reason: StaleReason): string[] {
  const { fact, planned, now } = reason;
  if (!isRecord(planned) || !isRecord(now)) return [`${fact}: planned ${show(planned)}, now ${show(now)}`];
  const keys = [...new Set([...Object.keys(planned), ...Object.keys(now)])].filter((key) => show(planned[key]) !== show(now[key])).sort();
  const lines = keys.slice(0, differencesShownMax).map((key) => `${fact}: ${key} planned ${show(planned[key])}, now ${show(now[key])}`);
  return keys.length > differencesShownMax ? [...lines, `${fact}: ${keys.length - differencesShownMax} more`] : lines;
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? (value.startsWith("sha256:") ? shortDigest(value as Digest) : value) : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}…` : text;
}
