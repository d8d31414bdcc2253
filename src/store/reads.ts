import type { StoreReads } from "../app/ports/store.ts";
import { readChange, readChanges } from "./changes.ts";
import type { Queryable } from "./connection.ts";
import { readDeployment, readDeployments } from "./deployments.ts";
import { readEnvironment, readEnvironments } from "./environments.ts";
import { readEvents } from "./events.ts";
import { readItemRuns } from "./item-runs.ts";
import { readPlan } from "./plans.ts";
import { readRelease, readReleases } from "./releases.ts";
import { readTenant, readTenants } from "./tenants.ts";

/** The reads of the store over a pool, or inside the transaction of one client. */
export function storeReads(db: Queryable): StoreReads {
  return {
    tenant: (name) => readTenant(db, name),
    tenants: () => readTenants(db),
    environment: (name) => readEnvironment(db, name),
    environments: () => readEnvironments(db),
    release: (nameOrDigest) => readRelease(db, nameOrDigest),
    releases: () => readReleases(db),
    change: (id) => readChange(db, id),
    changes: (filter) => readChanges(db, filter),
    plan: (digest) => readPlan(db, digest),
    deployment: (id) => readDeployment(db, id),
    deployments: (filter) => readDeployments(db, filter),
    itemRuns: (deployment) => readItemRuns(db, deployment),
    events: (query) => readEvents(db, query),
  };
}
