import { createHash } from "node:crypto";
import type { Clock } from "../../src/app/ports/clock.ts";
import type { Fence, FencedTransaction, Ledger, StoreTransaction } from "../../src/app/ports/store.ts";
import type { NewEvent } from "../../src/domain/audit/event.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import {
  claimableStates,
  deploymentTransitions,
  finalStates,
  isResting,
  parkedStates,
  reachable,
  resumedEvent,
  type StandstillPast,
  type Deployment,
  type ItemRun,
} from "../../src/domain/rollout/deployment.ts";
import { boundaryOf, hasReopenedIn, lastItemBegun, partOf, requireRecoverable } from "../../src/domain/rollout/recovery.ts";
import { canonicalJson, type Json } from "../../src/domain/shared/canonical-json.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import { active, copy, deploymentOf, environmentOf, reads, replaceLatest, type State } from "./memory-state.ts";

const settleAgainMs = 60_000;

/** A ledger without a database: the same answers as the real one (test/conformance/ledger-suite.ts), in microseconds. */
export interface MemoryLedger extends Ledger {
  /** Puts the whole ledger back to what it was at a `snapshot`: a restored backup. */
  restore(snapshot: unknown): void;
  snapshot(): unknown;
}

export function memoryLedger(clock: Clock): MemoryLedger {
  let state: State = {
    tenants: new Map(),
    environments: new Map(),
    releases: new Map(),
    changes: new Map(),
    plans: new Map(),
    deployments: new Map(),
    itemRuns: [],
    events: [],
    changeNumber: 0,
    deploymentNumber: 0,
    sequence: 0,
  };
  const callbacks = new Set<() => void>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One transaction at a time, on a copy that takes the place of the state only when it succeeds. */
  const atomically = <T>(work: (draft: State) => Promise<T>): Promise<T> => {
    const mine = turn.then(async () => {
      const draft = copy(state);
      const result = await work(draft);
      const appended = draft.sequence !== state.sequence;
      state = draft;
      if (appended) for (const callback of callbacks) callback();
      return result;
    });
    turn = mine.catch(() => undefined);
    return mine;
  };
  const touch = (id: string, fence: Fence, change: (deployment: Deployment) => Deployment): boolean => {
    const deployment = state.deployments.get(id);
    if (deployment === undefined || !holds(deployment, fence)) return false;
    state.deployments.set(id, change(deployment));
    return true;
  };

  return {
    ...reads(() => state),
    transaction: (work) => atomically((draft) => work(writes(draft, clock))),
    onEvents(callback) {
      callbacks.add(callback);
      return { close: () => callbacks.delete(callback) };
    },
    async due(host) {
      return [...state.deployments.values()].filter(
        (one) =>
          one.host === host &&
          claimableStates.includes(one.state) &&
          (one.leaseOwner !== null || one.wakeAt === null || Date.parse(one.wakeAt) <= Date.parse(clock.now())),
      );
    },
    claim: (id, owner, seen, epochFloor) =>
      atomically(async (draft) => {
        const one = draft.deployments.get(id);
        if (one === undefined || one.epoch !== seen.epoch || one.beat !== seen.beat || one.leaseOwner !== seen.owner) return null;
        if (!claimableStates.includes(one.state)) return null;
        const environment = environmentOf(draft, one.environment);
        const other = active(draft, one.environment);
        if (parkedStates.includes(one.state) && other !== undefined && other.id !== id) {
          draft.deployments.set(id, { ...one, leaseOwner: null, wakeAt: later(clock, settleAgainMs) });
          return null;
        }
        const epoch = Math.max(environment.epoch, epochFloor) + 1;
        const claimed = { ...one, epoch, leaseOwner: owner, beat: 0, wakeAt: null };
        draft.environments.set(one.environment, { ...environment, epoch });
        draft.deployments.set(id, claimed);
        return claimed;
      }),
    beat: async (id, fence) => touch(id, fence, (one) => ({ ...one, beat: one.beat + 1 })),
    async giveUp(id, fence) {
      touch(id, fence, (one) => ({ ...one, leaseOwner: null }));
    },
    fenced: (id, fence, work) =>
      atomically(async (draft) => {
        const one = draft.deployments.get(id);
        if (one === undefined || !holds(one, fence)) throw new PlimsollError("LEASE_LOST", `This worker no longer has deployment ${id}.`);
        return work(fencedWrites(draft, clock, id, fence));
      }),
    async progress(id, fence, position, fraction, message) {
      const one = state.deployments.get(id);
      if (one === undefined || !holds(one, fence)) return;
      replaceLatest(state, id, position, (run) => ({ ...run, progress: fraction, progressMessage: message }));
    },
    snapshot: () => copy(state),
    restore(snapshot) {
      state = copy(snapshot as State);
    },
  };
}

function writes(draft: State, clock: Clock): StoreTransaction {
  const append = (event: NewEvent): void => {
    draft.sequence += 1;
    draft.events.push({ ...event, sequence: draft.sequence, at: clock.now() });
  };
  return {
    ...reads(() => draft),
    async putTenant(tenant) {
      draft.tenants.set(tenant.name, { ...tenant, createdAt: draft.tenants.get(tenant.name)?.createdAt ?? clock.now() });
    },
    async putEnvironment(spec, initial) {
      const before = draft.environments.get(spec.name);
      const kept = before ?? { ...initial, held: null, epoch: 0, createdAt: clock.now() };
      draft.environments.set(spec.name, { ...kept, spec, updatedAt: clock.now() });
    },
    async setServing(environment, serving) {
      draft.environments.set(environment, { ...environmentOf(draft, environment), ...serving, updatedAt: clock.now() });
    },
    async putRelease(release) {
      const before = draft.releases.get(release.name);
      if (before !== undefined && before.digest !== release.digest)
        throw new PlimsollError("CONFLICT", `There is another release named ${release.name}.`);
      if (before === undefined) draft.releases.set(release.name, release);
    },
    async nextChangeId() {
      draft.changeNumber += 1;
      return `C-${draft.changeNumber}`;
    },
    async putChange(change) {
      draft.changes.set(change.id, change);
    },
    async putPlan(digest, plan) {
      const text = canonicalJson(plan as unknown as Json);
      if (`sha256:${createHash("sha256").update(text).digest("hex")}` !== digest)
        throw new PlimsollError("PLAN_DIGEST_MISMATCH", "The plan isn't the one that its digest names.");
      draft.plans.set(digest, text);
    },
    async createDeployment(wanted) {
      environmentOf(draft, wanted.environment);
      const other = active(draft, wanted.environment);
      if (other !== undefined) {
        throw new PlimsollError(
          "DEPLOYMENT_RUNNING",
          `Deployment ${other.id} of change ${other.change} has ${other.environment} (${other.state}).`,
          {
            facts: { deployment: other.id, change: other.change, state: other.state },
          },
        );
      }
      draft.deploymentNumber += 1;
      const made: Deployment = {
        id: `D-${draft.deploymentNumber}`,
        ...wanted,
        state: "queued",
        position: 0,
        epoch: 0,
        resumedEpoch: 0,
        leaseOwner: null,
        beat: 0,
        wakeAt: null,
        reason: null,
        observedClass: null,
        abortRequested: false,
        recoveryWish: null,
        holdStartedAt: null,
        holdEndedAt: null,
        createdAt: clock.now(),
        endedAt: null,
      };
      draft.deployments.set(made.id, made);
      return made;
    },
    async requestAbort(id, actor, reason) {
      const one = deploymentOf(draft, id);
      const accepted = one.state === "queued" || one.state === "running" || one.state === "going-back";
      if (accepted) draft.deployments.set(id, { ...one, abortRequested: true });
      const type = accepted ? "deployment.abort-requested" : "deployment.abort-refused";
      append({
        actor,
        type,
        subjectKind: "deployment",
        subject: id,
        environment: one.environment,
        deployment: id,
        data: { reason, state: one.state },
      });
    },
    async resumeDeployment(id, actor, reason) {
      const one = deploymentOf(draft, id);
      if (one.state !== "needs-person") throw new PlimsollError("CONFLICT", `Deployment ${id} doesn't stand still: it is ${one.state}.`);
      const past = pastOf(draft, one);
      const state = deploymentTransitions["needs-person"][resumedEvent(past)] as Deployment["state"];
      const why = past.because(state) ?? (state === "running" || state === "recovering" ? null : one.reason);
      const recoveryWish = past.recovery === null ? null : one.recoveryWish;
      const resumed: Deployment = { ...one, state, reason: why, resumedEpoch: one.epoch, wakeAt: null, recoveryWish };
      draft.deployments.set(id, resumed);
      const data = { reason, to: state, position: one.position, stoodStillBecause: one.reason };
      append({
        actor,
        type: "deployment.resumed",
        subjectKind: "deployment",
        subject: id,
        environment: one.environment,
        deployment: id,
        data,
      });
      return resumed;
    },
    async requestRecovery(id, wish) {
      const one = deploymentOf(draft, id);
      requireRecoverable({ deployment: one, ...pastOf(draft, one) });
      const other = active(draft, one.environment);
      if (other !== undefined && other.id !== id)
        throw new PlimsollError("DEPLOYMENT_RUNNING", `Deployment ${other.id} is ${other.state}.`);
      const again: Partial<Deployment> = one.state === "needs-person" ? { state: "running", reason: null, resumedEpoch: one.epoch } : {};
      const asked: Deployment = { ...one, ...again, recoveryWish: wish, wakeAt: null };
      draft.deployments.set(id, asked);
      append({
        actor: wish.actor,
        type: "deployment.recovery-requested",
        subjectKind: "deployment",
        subject: id,
        environment: one.environment,
        deployment: id,
        data: { reason: wish.reason, receipt: wish.receipt, state: one.state, position: one.position },
      });
      return asked;
    },
    async holdEnvironment(environment, hold) {
      draft.environments.set(environment, { ...environmentOf(draft, environment), held: hold, updatedAt: clock.now() });
    },
    async append(event) {
      append(event);
    },
    async hint() {},
  };
}

function fencedWrites(draft: State, clock: Clock, id: string, fence: Fence): FencedTransaction {
  const change = (to: Partial<Deployment>): void => void draft.deployments.set(id, { ...deploymentOf(draft, id), ...to });
  return {
    ...writes(draft, clock),
    async moveTo(to, by) {
      const from = deploymentOf(draft, id);
      if (!reachable(from.state, to)) throw new PlimsollError("STATE_UNEXPECTED", `Deployment ${id} can't go from ${from.state} to ${to}.`);
      const parked = parkedStates.includes(to) && by.wakeAt !== undefined && by.wakeAt !== null;
      const released = parked || (isResting(to) && !parkedStates.includes(to));
      const ended = finalStates.includes(to);
      change({
        state: to,
        ...(by.position === undefined ? {} : { position: by.position }),
        ...(by.reason === undefined ? {} : { reason: by.reason }),
        ...(by.wakeAt === undefined ? {} : { wakeAt: by.wakeAt }),
        ...(by.observedClass === undefined ? {} : { observedClass: by.observedClass }),
        ...(released ? { leaseOwner: null } : {}),
        ...(ended ? { endedAt: clock.now() } : {}),
      });
    },
    async holdStarted() {
      change({ holdStartedAt: deploymentOf(draft, id).holdStartedAt ?? clock.now() });
    },
    async holdEnded() {
      if (deploymentOf(draft, id).holdStartedAt !== null) change({ holdEndedAt: clock.now() });
    },
    async startItem(item) {
      const attempts = draft.itemRuns.filter((run) => run.deployment === id && run.position === item.position).map((run) => run.attempt);
      const run: ItemRun = {
        deployment: id,
        ...item,
        attempt: Math.max(0, ...attempts) + 1,
        epoch: fence.epoch,
        state: "started",
        output: null,
        verdict: null,
        error: null,
        progress: null,
        progressMessage: null,
        startedAt: clock.now(),
        endedAt: null,
      };
      draft.itemRuns.push(run);
      return run;
    },
    async endItem(position, end) {
      const open = end.state === "started" || end.state === "undoing";
      const found = replaceLatest(
        draft,
        id,
        position,
        (run) => ({ ...run, ...(stripped(end) as Partial<ItemRun>), epoch: fence.epoch, endedAt: open ? null : clock.now() }) as ItemRun,
      );
      if (!found) throw new PlimsollError("STATE_UNEXPECTED", `Item ${position} of ${id} ended and had not begun.`);
    },
  };
}

/** What a deployment's record says of its past, for the ways on that a person may choose. */
function pastOf(
  draft: State,
  one: Deployment,
): StandstillPast & {
  readonly items: number;
  readonly recoveryItems: number;
  readonly lastBegun: boolean;
  because(state: Deployment["state"]): string | null;
} {
  const text = draft.plans.get(one.planDigest);
  const plan = text === undefined ? null : (JSON.parse(text) as Plan);
  const boundary = plan === null ? 0 : boundaryOf(plan);
  const recoveryItems = plan?.recovery.items?.length ?? 0;
  const runs = draft.itemRuns.filter((run) => run.deployment === one.id);
  const past = draft.events.filter((event) => event.deployment === one.id);
  const was = (type: string): boolean => past.some((event) => event.type === type);
  const inRecovery = recoveryItems > 0 && partOf(one, boundary) === "recovery";
  return {
    reopened: was("deployment.new-and-verified") || hasReopenedIn(runs, "plan", boundary),
    ledgerBehind: was("deployment.ledger-behind"),
    recovery: inRecovery ? { reopened: was("deployment.recovered") || hasReopenedIn(runs, "recovery", boundary) } : null,
    items: boundary,
    recoveryItems,
    lastBegun: lastItemBegun(runs, boundary),
    because(state) {
      const last = past.findLast(({ type }) => type === `deployment.${state}`)?.data as { readonly reason?: string } | undefined;
      return last?.reason ?? null;
    },
  };
}

function holds(deployment: Deployment, fence: Fence): boolean {
  return deployment.leaseOwner === fence.owner && deployment.epoch === fence.epoch;
}

function later(clock: Clock, ms: number): string {
  return new Date(Date.parse(clock.now()) + ms).toISOString();
}

/** As coalesce does: what isn't given, or is null, stays. */
function stripped<T extends object>(end: T): T {
  return Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined && value !== null)) as T;
}
