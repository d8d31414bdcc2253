import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { Release } from "../../domain/release/release.ts";
import { activeStates, type Deployment } from "../../domain/rollout/deployment.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { readTenantFacts } from "../../odoo/inventory/tenant-facts.ts";
import { findEnvironment } from "../find.ts";
import type { RouteStatus } from "../ports/gateway.ts";
import type { GenerationStatus, Isolation } from "../ports/odoo-runtime.ts";
import type { EnvironmentRecord, StoreReads } from "../ports/store.ts";
import type { UseCase } from "../use-case.ts";
import type { World } from "../world.ts";

/** Measured now, or why it could not be: unknown is never shown as fine. */
export type Measured<T> =
  | { readonly state: "measured"; readonly at: string; readonly value: T }
  | { readonly state: "unknown"; readonly at: string; readonly reason: string };

export interface EnvironmentState {
  readonly record: EnvironmentRecord;
  readonly release: Release | null;
  readonly active: Deployment | null;
}

export interface EnvironmentNow extends EnvironmentState {
  readonly database: Measured<TenantFacts>;
  readonly runtime: Measured<{ readonly generations: readonly GenerationStatus[]; readonly isolation: Isolation }>;
  readonly traffic: Measured<RouteStatus | null>;
}

/** A look at an environment must not hang on a part that doesn't answer. */
const measureMsMax = 20_000;

export const showEnvironment: UseCase<{ readonly environment: string }, EnvironmentNow> = {
  id: "show-environment",
  permission: "environment:read",

  async handler(world, _actor, input) {
    const record = await findEnvironment(world.store, input.environment);
    const { spec } = record;
    const [database, runtime, traffic] = await Promise.all([
      measure(world, () => world.readDatabase(spec, (sql) => readTenantFacts(sql, world.hash, world.clock.now()))),
      measure(world, () => readRuntime(world, spec)),
      measure(world, () => world.gateway.status(spec.name)),
    ]);
    return { ...(await stateOf(world.store, record)), database, runtime, traffic };
  },
};

export async function stateOf(store: StoreReads, record: EnvironmentRecord): Promise<EnvironmentState> {
  const [active] = await store.deployments({ environment: record.spec.name, states: activeStates, limit: 1 });
  return { record, release: record.release === null ? null : await store.release(record.release), active: active ?? null };
}

async function readRuntime(
  world: World,
  spec: EnvironmentSpec,
): Promise<{ readonly generations: readonly GenerationStatus[]; readonly isolation: Isolation }> {
  const runtime = await world.openRuntime(spec);
  return { generations: await runtime.generations(), isolation: await runtime.isolation() };
}

async function measure<T>(world: World, work: () => Promise<T>): Promise<Measured<T>> {
  const at = world.clock.now();
  const patience = new AbortController();
  try {
    const late = world.clock.sleep(measureMsMax, patience.signal).then(() => {
      throw new PlimsollError("WAIT_TIMED_OUT", `No answer within ${measureMsMax / 1000} s.`);
    });
    // Whichever loses the race may still reject when nobody listens any more.
    late.catch(() => undefined);
    return { state: "measured", at, value: await Promise.race([work(), late]) };
  } catch (error) {
    if (error instanceof PlimsollError)
      return { state: "unknown", at, reason: `${error.message}${error.text.why === undefined ? "" : ` ${error.text.why}`}` };
    throw error;
  } finally {
    patience.abort();
  }
}
