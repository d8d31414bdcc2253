import type { Change } from "../../domain/change/change.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { readPreflightFacts } from "../../odoo/inventory/preflight-reads.ts";
import { readTenantFacts } from "../../odoo/inventory/tenant-facts.ts";
import { findEnvironment, findRelease } from "../find.ts";
import type { PlanningFacts } from "../ports/change-kind.ts";
import type { Filestore } from "../ports/filestore.ts";
import type { OdooRuntime } from "../ports/odoo-runtime.ts";
import type { EnvironmentRecord, StoreReads } from "../ports/store.ts";
import type { Progress } from "../use-case.ts";
import type { World } from "../world.ts";

/** Holds older than this many deployments say little about the next one. */
const historyMax = 20;

/**
 * Measures everything that a plan of this change rests on. The same function serves planning and the comparison at the
 * start, so that a difference is a difference of the world and never of the measuring.
 *
 * @throws what connecting, reading and verifying throw: DATABASE_…, FILESTORE_…, RELEASE_ALTERED, NOT_FOUND
 */
export async function measurePlanningFacts(world: World, change: Change, progress: Progress): Promise<PlanningFacts> {
  const environment = await findEnvironment(world.store, change.spec.environment);
  const { spec } = environment;
  const to = await findRelease(world.store, change.spec.release);
  const from = environment.release === null ? null : await findRelease(world.store, environment.release);
  progress(`verifying release ${to.name}`);
  await world.releases.verify(to.digest);
  progress("measuring the base: Odoo, Python, configuration");
  const base = await world.releases.base(spec.runtime.odoo);
  progress(`reading ${spec.database.name}`);
  const { tenant, cluster } = await world.readDatabase(spec, async (sql) => ({
    tenant: await readTenantFacts(sql, world.hash, world.clock.now()),
    cluster: await readPreflightFacts(sql),
  }));
  progress("measuring attachments and disk");
  const trees = world.openFilestore(spec);
  const filestore = await trees.measure(spec.database.name);
  const runtime = await world.openRuntime(spec);
  return {
    environment,
    tenant,
    cluster,
    from,
    to,
    base,
    filestore,
    links: await linksOf(trees, spec.database.name),
    isolation: await runtime.isolation(),
    serving: await servingProcesses(runtime, environment),
    history: await holdHistory(world.store, environment),
  };
}

async function linksOf(trees: Filestore, database: string): Promise<PlanningFacts["links"]> {
  try {
    await trees.checkLinks(database);
    return { possible: true, why: null };
  } catch (error) {
    if (error instanceof PlimsollError && error.code === "FILESTORE_OTHER_FILESYSTEM") return { possible: false, why: error.message };
    throw error;
  }
}

async function servingProcesses(runtime: OdooRuntime, { generation, release }: EnvironmentRecord): Promise<PlanningFacts["serving"]> {
  const found = (await runtime.generations()).find((status) => status.generation.id === generation);
  return { generation, release: found === undefined ? release : found.generation.release };
}

async function holdHistory(store: StoreReads, environment: EnvironmentRecord): Promise<PlanningFacts["history"]> {
  const deployments = await store.deployments({ environment: environment.spec.name, states: ["settling", "settled"], limit: historyMax });
  const holds = deployments
    .flatMap(({ holdStartedAt, holdEndedAt }) =>
      holdStartedAt === null || holdEndedAt === null ? [] : [Date.parse(holdEndedAt) - Date.parse(holdStartedAt)],
    )
    .sort((a, b) => a - b);
  const median = holds[Math.floor(holds.length / 2)];
  return median === undefined ? null : { medianHoldMs: median, n: holds.length };
}

/** @throws PLAN_UNSUPPORTED when this version doesn't know the kind */
export function changeKindOf(world: World, change: Change): World["changeKinds"][number] {
  const kind = world.changeKinds.find((candidate) => candidate.id === change.kind);
  if (kind !== undefined) return kind;
  throw new PlimsollError("PLAN_UNSUPPORTED", `This version of Plimsoll doesn't know the change kind "${change.kind}".`, {
    fix: "Use the version that created the change, or a newer one.",
  });
}
