import type { Digest } from "../../domain/shared/digest.ts";
import type { Change, ChangeState } from "../../domain/change/change.ts";
import type { Deployment, DeploymentState, ItemRun, RecoveryWish } from "../../domain/rollout/deployment.ts";
import type { EnvironmentHold, EnvironmentSpec, ModuleLag } from "../../domain/fleet/environment.ts";
import type { EventRecord, NewEvent } from "../../domain/audit/event.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { Release } from "../../domain/release/release.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";

export interface TenantRecord {
  readonly name: string;
  readonly title: string;
  readonly createdAt: string;
}

/** An environment as declared, with what Plimsoll keeps about it. */
export interface EnvironmentRecord {
  readonly spec: EnvironmentSpec;
  /** Release that serves now; null: the base's modules only. */
  readonly release: Digest | null;
  /** Id of the generation that serves now. */
  readonly generation: string;
  /** Base that the database was last updated or adopted with; null: not known. */
  readonly baseDigest: Digest | null;
  /** What a code-only release raised and the database doesn't know yet; exactly this is tolerated. */
  readonly lag: readonly ModuleLag[];
  /** null: changes may run. */
  readonly held: EnvironmentHold | null;
  /** Highest epoch given out. */
  readonly epoch: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EventQuery {
  readonly subjectKind?: string;
  readonly subject?: string;
  readonly environment?: string;
  readonly deployment?: string;
  readonly after?: number;
  readonly limit: number;
}

/** What serves an environment, changed together. */
export type ServingRecord = Pick<EnvironmentRecord, "release" | "generation" | "baseDigest" | "lag">;

/** Who writes: a worker that must still have the lease. */
export interface Fence {
  readonly owner: string;
  readonly epoch: number;
}

/** Reads; the same inside and outside a transaction. */
export interface StoreReads {
  tenant(name: string): Promise<TenantRecord | null>;
  tenants(): Promise<TenantRecord[]>;
  environment(name: string): Promise<EnvironmentRecord | null>;
  environments(): Promise<EnvironmentRecord[]>;
  /** By name, or by full digest. */
  release(nameOrDigest: string): Promise<Release | null>;
  releases(): Promise<Release[]>;
  change(id: string): Promise<Change | null>;
  changes(filter: { readonly environment?: string; readonly state?: ChangeState; readonly limit: number }): Promise<Change[]>;
  plan(digest: Digest): Promise<Plan | null>;
  deployment(id: string): Promise<Deployment | null>;
  deployments(filter: {
    readonly environment?: string;
    readonly change?: string;
    readonly states?: readonly DeploymentState[];
    readonly limit: number;
  }): Promise<Deployment[]>;
  /** All executions of a deployment's items, oldest first. */
  itemRuns(deployment: string): Promise<ItemRun[]>;
  events(query: EventQuery): Promise<EventRecord[]>;
}

/** Writes. Every write that changes state is followed by `append` in the same transaction. */
export interface StoreTransaction extends StoreReads {
  putTenant(tenant: { readonly name: string; readonly title: string }): Promise<void>;
  /** Inserts or replaces the declaration; what serves is set only when the record is new. */
  putEnvironment(spec: EnvironmentSpec, initial: ServingRecord): Promise<void>;
  setServing(environment: string, serving: ServingRecord): Promise<void>;
  putRelease(release: Release): Promise<void>;
  /** Gives the next id `C-n`. */
  nextChangeId(): Promise<string>;
  putChange(change: Change): Promise<void>;
  putPlan(digest: Digest, plan: Plan): Promise<void>;
  /** Gives the next id `D-n`. @throws DEPLOYMENT_RUNNING when the environment has an active one */
  createDeployment(deployment: {
    readonly change: string;
    readonly environment: string;
    readonly host: string;
    readonly planDigest: Digest;
  }): Promise<Deployment>;
  requestAbort(deployment: string, actor: string, reason: string): Promise<void>;
  /**
   * A person has looked: what stands still goes on, in the direction that the record allows. It keeps its environment.
   * @throws CONFLICT when it doesn't need a person
   */
  resumeDeployment(deployment: string, actor: string, reason: string): Promise<Deployment>;
  /**
   * A person wants a deployment after reopening to be taken back; the worker sees it. `receipt`: digest of the loss receipt
   * that was read and agreed to.
   * @throws CONFLICT when it isn't in a state that a recovery leads back from
   */
  requestRecovery(deployment: string, wish: RecoveryWish): Promise<Deployment>;
  /** Sets or lifts (null) an environment's hold. */
  holdEnvironment(environment: string, hold: EnvironmentHold | null): Promise<void>;
  append(event: NewEvent): Promise<void>;
  /** Wakes a worker of the host: a hint, the ledger is the truth. */
  hint(deployment: string, host: string, runAt?: string): Promise<void>;
}

export interface Store extends StoreReads {
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /** Calls back soon after new events were committed; for live watching. */
  onEvents(callback: () => void): { close(): void };
}

/** The engine's own side of the store: every write carries the fence and fails with LEASE_LOST when it touches no row. */
export interface Ledger extends Store {
  /** Deployments of a host that want a worker now: unowned and due, or owned (for the sweeper to compare beats). */
  due(host: string): Promise<Deployment[]>;
  /**
   * Takes the lease when nothing moved since `seen`; raises the environment's epoch to max(store, floor) + 1.
   * @returns null when somebody else was faster
   */
  claim(
    deployment: string,
    owner: string,
    seen: { readonly epoch: number; readonly beat: number; readonly owner: string | null },
    epochFloor: number,
  ): Promise<Deployment | null>;
  beat(deployment: string, fence: Fence): Promise<boolean>;
  giveUp(deployment: string, fence: Fence): Promise<void>;
  /** One transaction: state change, item runs, events. */
  fenced<T>(deployment: string, fence: Fence, work: (tx: FencedTransaction) => Promise<T>): Promise<T>;
  /** Progress is not a state change: last one wins, no event. */
  progress(deployment: string, fence: Fence, position: number, fraction: number | null, message: string): Promise<void>;
}

export interface FencedTransaction extends StoreTransaction {
  moveTo(
    state: DeploymentState,
    change: {
      readonly position?: number;
      readonly reason?: string | null;
      readonly wakeAt?: string | null;
      readonly observedClass?: string;
    },
  ): Promise<void>;
  holdStarted(): Promise<void>;
  holdEnded(): Promise<void>;
  startItem(item: { readonly position: number; readonly item: string; readonly type: "step" | "gate" }): Promise<ItemRun>;
  endItem(
    position: number,
    end: {
      readonly state: ItemRun["state"];
      readonly output?: Json;
      readonly verdict?: ItemRun["verdict"];
      readonly error?: ItemRun["error"];
      readonly evidence?: ItemRun["evidence"];
    },
  ): Promise<void>;
}
