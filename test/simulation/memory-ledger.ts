import { createHash } from "node:crypto";
import type { Clock } from "../../src/app/ports/clock.ts";
import type {
  EnvironmentRecord,
  Fence,
  FencedTransaction,
  Ledger,
  StoreReads,
  StoreTransaction,
  TenantRecord,
} from "../../src/app/ports/store.ts";
import type { EventRecord, NewEvent } from "../../src/domain/audit/event.ts";
import type { Change } from "../../src/domain/change/change.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import type { Release } from "../../src/domain/release/release.ts";
import { activeStates, isResting, reachable, type Deployment, type ItemRun } from "../../src/domain/rollout/deployment.ts";
import { canonicalJson, type Json } from "../../src/domain/shared/canonical-json.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";

interface State {
  tenants: Map<string, TenantRecord>;
  environments: Map<string, EnvironmentRecord>;
  releases: Map<string, Release>;
  changes: Map<string, Change>;
  plans: Map<string, string>;
  deployments: Map<string, Deployment>;
  itemRuns: ItemRun[];
  events: EventRecord[];
  changeNumber: number;
  deploymentNumber: number;
  sequence: number;
}

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
          ["queued", "running", "going-back", "settling"].includes(one.state) &&
          (one.leaseOwner !== null || one.wakeAt === null || Date.parse(one.wakeAt) <= Date.parse(clock.now())),
      );
    },
    claim: (id, owner, seen, epochFloor) =>
      atomically(async (draft) => {
        const one = draft.deployments.get(id);
        if (one === undefined || one.epoch !== seen.epoch || one.beat !== seen.beat || one.leaseOwner !== seen.owner) return null;
        if (isResting(one.state) && one.state !== "settling") return null;
        const environment = environmentOf(draft, one.environment);
        const other = active(draft, one.environment);
        if (one.state === "settling" && other !== undefined && other.id !== id) {
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

function reads(at: () => State): StoreReads {
  return {
    tenant: async (name) => at().tenants.get(name) ?? null,
    tenants: async () => [...at().tenants.values()].sort(byName),
    environment: async (name) => at().environments.get(name) ?? null,
    environments: async () => [...at().environments.values()].sort((a, b) => byName(a.spec, b.spec)),
    release: async (key) => at().releases.get(key) ?? [...at().releases.values()].find((one) => one.digest === key) ?? null,
    releases: async () => [...at().releases.values()],
    change: async (id) => at().changes.get(id) ?? null,
    changes: async (filter) =>
      [...at().changes.values()]
        .filter(
          (one) =>
            (filter.environment === undefined || one.spec.environment === filter.environment) &&
            (filter.state === undefined || one.state === filter.state),
        )
        .reverse()
        .slice(0, filter.limit),
    async plan(digest) {
      const text = at().plans.get(digest);
      return text === undefined ? null : (JSON.parse(text) as Plan);
    },
    deployment: async (id) => at().deployments.get(id) ?? null,
    deployments: async (filter) =>
      [...at().deployments.values()]
        .filter(
          (one) =>
            (filter.environment === undefined || one.environment === filter.environment) &&
            (filter.change === undefined || one.change === filter.change) &&
            (filter.states === undefined || filter.states.includes(one.state)),
        )
        .reverse()
        .slice(0, filter.limit),
    itemRuns: async (deployment) => at().itemRuns.filter((one) => one.deployment === deployment),
    events: async (query) =>
      at()
        .events.filter(
          (one) =>
            one.sequence > (query.after ?? 0) &&
            (query.subjectKind === undefined || one.subjectKind === query.subjectKind) &&
            (query.subject === undefined || one.subject === query.subject) &&
            (query.environment === undefined || one.environment === query.environment) &&
            (query.deployment === undefined || one.deployment === query.deployment),
        )
        .slice(0, query.limit),
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
      const kept = before ?? { ...initial, epoch: 0, createdAt: clock.now() };
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
        leaseOwner: null,
        beat: 0,
        wakeAt: null,
        reason: null,
        observedClass: null,
        abortRequested: false,
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
      const parked = to === "settling" && by.wakeAt !== undefined && by.wakeAt !== null;
      const released = parked || (isResting(to) && to !== "settling");
      const ended = to === "settled" || to === "old-intact";
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

function replaceLatest(state: State, deployment: string, position: number, change: (run: ItemRun) => ItemRun): boolean {
  const attempts = state.itemRuns.filter((run) => run.deployment === deployment && run.position === position).map((run) => run.attempt);
  const index = state.itemRuns.findIndex(
    (run) => run.deployment === deployment && run.position === position && run.attempt === Math.max(0, ...attempts),
  );
  const run = state.itemRuns[index];
  if (run === undefined) return false;
  state.itemRuns[index] = change(run);
  return true;
}

/** As coalesce does: what isn't given, or is null, stays. */
function stripped<T extends object>(end: T): T {
  return Object.fromEntries(Object.entries(end).filter(([, value]) => value !== undefined && value !== null)) as T;
}

function copy(state: State): State {
  return {
    ...state,
    tenants: new Map(state.tenants),
    environments: new Map(state.environments),
    releases: new Map(state.releases),
    changes: new Map(state.changes),
    plans: new Map(state.plans),
    deployments: new Map(state.deployments),
    itemRuns: [...state.itemRuns],
    events: [...state.events],
  };
}

function active(state: State, environment: string): Deployment | undefined {
  return [...state.deployments.values()].find(
    (one) => one.environment === environment && (activeStates.includes(one.state) || (one.state === "settling" && one.leaseOwner !== null)),
  );
}

function environmentOf(state: State, name: string): EnvironmentRecord {
  const found = state.environments.get(name);
  if (found === undefined) throw new PlimsollError("NOT_FOUND", `There is no environment ${name}.`);
  return found;
}

function deploymentOf(state: State, id: string): Deployment {
  const found = state.deployments.get(id);
  if (found === undefined) throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`);
  return found;
}

function holds(deployment: Deployment, fence: Fence): boolean {
  return deployment.leaseOwner === fence.owner && deployment.epoch === fence.epoch;
}

function later(clock: Clock, ms: number): string {
  return new Date(Date.parse(clock.now()) + ms).toISOString();
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
