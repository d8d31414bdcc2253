import type { Change } from "../../domain/change/change.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { EarlierHolds } from "../../domain/plan/hold-prediction.ts";
import { groundOf, type RehearsedGround } from "../../domain/plan/rehearsal.ts";
import type { Base, Release } from "../../domain/release/release.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { readPreflightFacts } from "../../odoo/inventory/preflight-reads.ts";
import { readTenantFacts } from "../../odoo/inventory/tenant-facts.ts";
import { readSmokeScenarios } from "../../odoo/smoke/read-scenarios.ts";
import { findEnvironment, findRelease } from "../find.ts";
import type { PlanningFacts } from "../ports/change-kind.ts";
import type { Filestore } from "../ports/filestore.ts";
import type { OdooRuntime } from "../ports/odoo-runtime.ts";
import { exactFacts } from "../ports/plan-facts.ts";
import type { EnvironmentRecord, StoreReads } from "../ports/store.ts";
import type { Progress } from "../use-case.ts";
import type { World } from "../world.ts";
import { proveRelease } from "./code-proof.ts";
import { predictChange } from "./predict-change.ts";
import { latestRehearsal } from "./rehearsals.ts";

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
  const codeProof = await proveRelease(world.releases, { environment, tenant, base, from, to });
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
    codeProof,
    prediction: await predictChange(world, { environment, tenant, base, from, to, codeProof }, progress),
    serving: await servingProcesses(runtime, environment),
    smoke: await readSmokeScenarios(spec.smoke ?? []),
    rehearsal: await latestRehearsal(world.store, spec.name, groundNow(environment, tenant, to, base), world.clock.now()),
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
  const holds = deployments.flatMap(({ holdStartedAt, holdEndedAt, observedClass }) =>
    holdStartedAt === null || holdEndedAt === null ? [] : [{ ms: Date.parse(holdEndedAt) - Date.parse(holdStartedAt), observedClass }],
  );
  const all = earlierHolds(holds.map(({ ms }) => ms));
  if (all === null) return null;
  const classes = [...new Set(holds.flatMap((hold) => hold.observedClass ?? []))].sort();
  const of = (name: string): EarlierHolds | null => earlierHolds(holds.filter((hold) => hold.observedClass === name).map(({ ms }) => ms));
  return { ...all, byClass: Object.fromEntries(classes.flatMap((name) => [[name, of(name) ?? all] as const])) };
}

function earlierHolds(holds: readonly number[]): EarlierHolds | null {
  const sorted = holds.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) return null;
  return { medianHoldMs: median, n: sorted.length, lowMs: sorted[0] ?? median, highMs: sorted.at(-1) ?? median };
}

/** By the names that plans have for the same facts, so that a rehearsal's plan can be compared with what is now. */
function groundNow(environment: EnvironmentRecord, tenant: TenantFacts, to: Release, base: Base): RehearsedGround {
  return groundOf({ to, baseDigest: base.digest, facts: { exact: exactFacts({ environment, tenant, base }), bounded: {} } });
}

/** @throws PLAN_UNSUPPORTED when this version doesn't know the kind */
export function changeKindOf(world: World, change: Change): World["changeKinds"][number] {
  const kind = world.changeKinds.find((candidate) => candidate.id === change.kind);
  if (kind !== undefined) return kind;
  throw new PlimsollError("PLAN_UNSUPPORTED", `This version of Plimsoll doesn't know the change kind "${change.kind}".`, {
    fix: "Use the version that created the change, or a newer one.",
  });
}
