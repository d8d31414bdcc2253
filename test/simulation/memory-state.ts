import type { EnvironmentRecord, StoreReads, TenantRecord } from "../../src/app/ports/store.ts";
import type { EventRecord } from "../../src/domain/audit/event.ts";
import type { Change } from "../../src/domain/change/change.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import type { Release } from "../../src/domain/release/release.ts";
import { activeStates, parkedStates, type Deployment, type ItemRun } from "../../src/domain/rollout/deployment.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";

/** What a ledger in memory keeps. */
export interface State {
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

export function reads(at: () => State): StoreReads {
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

export function replaceLatest(state: State, deployment: string, position: number, change: (run: ItemRun) => ItemRun): boolean {
  const attempts = state.itemRuns.filter((run) => run.deployment === deployment && run.position === position).map((run) => run.attempt);
  const index = state.itemRuns.findIndex(
    (run) => run.deployment === deployment && run.position === position && run.attempt === Math.max(0, ...attempts),
  );
  const run = state.itemRuns[index];
  if (run === undefined) return false;
  state.itemRuns[index] = change(run);
  return true;
}

export function copy(state: State): State {
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

export function active(state: State, environment: string): Deployment | undefined {
  return [...state.deployments.values()].find(
    (one) =>
      one.environment === environment &&
      (activeStates.includes(one.state) ||
        (parkedStates.includes(one.state) && one.leaseOwner !== null) ||
        (one.state === "settling" && one.recoveryWish !== null)),
  );
}

export function environmentOf(state: State, name: string): EnvironmentRecord {
  const found = state.environments.get(name);
  if (found === undefined) throw new PlimsollError("NOT_FOUND", `There is no environment ${name}.`);
  return found;
}

export function deploymentOf(state: State, id: string): Deployment {
  const found = state.deployments.get(id);
  if (found === undefined) throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`);
  return found;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
