import { createHash } from "node:crypto";
import type { Store } from "../../src/app/ports/store.ts";
import type { Change } from "../../src/domain/change/change.ts";
import { defaultLimits, type EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import type { Plan, PlanItem, PlanRecovery } from "../../src/domain/plan/plan.ts";
import type { Deployment } from "../../src/domain/rollout/deployment.ts";
import { canonicalJson, type Json } from "../../src/domain/shared/canonical-json.ts";
import { digestOf, type Digest } from "../../src/domain/shared/digest.ts";

export const sha256 = (text: string): Digest => `sha256:${createHash("sha256").update(text).digest("hex")}`;

export function environmentSpec(name: string, host = "here"): EnvironmentSpec {
  return {
    name,
    labels: {},
    tenant: "acme",
    stage: "production",
    database: { host: "127.0.0.1", port: 5432, name, user: "odoo", password: { fromEnv: "ODOO_PASSWORD" } },
    dataDirectory: "/srv/odoo",
    runtime: {
      kind: "process",
      host,
      odoo: { python: "python3", server: "odoo", addonsPaths: [], options: {} },
      workers: 2,
      cronThreads: 1,
    },
    gateway: { listenHost: "127.0.0.1", listenPort: 8069, hostnames: [] },
    limits: defaultLimits,
  };
}

const swapBack: PlanRecovery = { kind: "swap-back", sentence: "Swap back." };

export function planOf(
  change: string,
  environment: string,
  items: readonly PlanItem[],
  host = "here",
  recovery: PlanRecovery = swapBack,
): Plan {
  return {
    formatVersion: 1,
    change,
    kind: "release",
    environment,
    host,
    from: null,
    to: { name: "next", digest: sha256("next") },
    baseDigest: sha256("base"),
    impact: {
      plannedClass: "K3",
      floor: false,
      changes: [],
      updateSet: [],
      closure: [],
      installs: [],
      removedModules: [],
      expectedScripts: [],
      reasons: [],
      hazards: [],
    },
    facts: { exact: {}, bounded: {} },
    agreedRemovals: { tables: [], columns: [], records: [], modules: [] },
    items,
    recovery,
    predictedHoldMs: { value: 1_000, basis: "none" },
    traffic: "hold",
    isolation: { isolated: false, sentence: "not isolated" },
    createdAt: "2025-01-01T00:00:00.000Z",
  };
}

/** An environment that is there, and an approved change with its plan. */
export async function approvedChange(
  store: Store,
  environment: string,
  items: readonly PlanItem[],
  host = "here",
  recovery: PlanRecovery = swapBack,
): Promise<{ readonly change: Change; readonly plan: Plan; readonly digest: Digest }> {
  return store.transaction(async (tx) => {
    await tx.putTenant({ name: "acme", title: "Acme" });
    await tx.putEnvironment(environmentSpec(environment, host), {
      release: null,
      generation: "g1",
      baseDigest: sha256("older base"),
      lag: [],
    });
    const id = await tx.nextChangeId();
    const plan = planOf(id, environment, items, host, recovery);
    const digest = digestOf(plan as unknown as Json, sha256);
    await tx.putPlan(digest, plan);
    const change: Change = {
      id,
      kind: "release",
      state: "approved",
      spec: { environment, release: "next", agreedRemovals: plan.agreedRemovals },
      reason: "because",
      requestedBy: "anna",
      createdAt: "2025-01-01T00:00:00.000Z",
      planDigest: digest,
      approvedDigest: digest,
      approvedBy: "bert",
      deployment: null,
    };
    await tx.putChange(change);
    return { change, plan, digest };
  });
}

/** An approved change that was told to run. */
export async function queued(
  store: Store,
  environment: string,
  items: readonly PlanItem[],
  host = "here",
  recovery: PlanRecovery = swapBack,
): Promise<Deployment> {
  const { change, digest } = await approvedChange(store, environment, items, host, recovery);
  return store.transaction(async (tx) => {
    const deployment = await tx.createDeployment({ change: change.id, environment, host, planDigest: digest });
    await tx.putChange({ ...change, state: "running", deployment: deployment.id });
    await tx.hint(deployment.id, host);
    return deployment;
  });
}

export const canonical = (value: unknown): string => canonicalJson(value as Json);
