import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Route } from "../../ports/gateway.ts";
import type { Generation, OdooRuntime } from "../../ports/odoo-runtime.ts";
import type { Progress } from "../../use-case.ts";
import type { World } from "../../world.ts";

export const firstGeneration = "g1";

export interface Serving {
  readonly release: Digest | null;
  readonly generation: string;
  readonly epoch: number;
}

const logLinesShownMax = 20;
const stopGraceMs = 10_000;
/** The threaded server takes a handful at once; more would only queue inside Odoo. */
const threadedConcurrency = 8;

/**
 * Brings Odoo and the gateway's route to what is declared; what is so already is left alone. When it fails, what it started
 * is taken down again, or what served before is put back.
 *
 * @throws ODOO_UNHEALTHY with the end of Odoo's log, PORT_IN_USE, EPOCH_SUPERSEDED
 */
export async function startEnvironment(
  world: World,
  spec: EnvironmentSpec,
  serving: Serving,
  before: EnvironmentSpec | null,
  progress: Progress,
): Promise<Generation> {
  const runtime = await world.openRuntime(spec);
  const generation = await runtime.prepare(serving.generation, serving.release, spec.database.name);
  try {
    await bringUp(world, spec, runtime, generation, serving.epoch, progress);
  } catch (error) {
    progress(`${spec.name}: taking back what was started`);
    await takeBack(world, spec, runtime, generation, serving, before).catch(() => undefined);
    throw error;
  }
  return generation;
}

async function bringUp(
  world: World,
  spec: EnvironmentSpec,
  runtime: OdooRuntime,
  generation: Generation,
  epoch: number,
  progress: Progress,
): Promise<void> {
  progress(`${spec.name}: starting Odoo (at most ${Math.round(spec.limits.bootMsMax / 1000)} s)`);
  await runtime.startWeb(generation, epoch);
  const health = await runtime.waitHealthy(generation, spec.limits.bootMsMax, AbortSignal.timeout(spec.limits.bootMsMax + stopGraceMs));
  if (!health.healthy)
    throw await unhealthy(
      spec,
      runtime,
      generation,
      health.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.seen}`),
    );
  progress(`${spec.name}: starting scheduled actions`);
  await runtime.startBackground(generation, epoch);
  progress(`${spec.name}: opening ${spec.gateway.listenHost}:${spec.gateway.listenPort}`);
  await world.gateway.setRoute(routeOf(spec, generation, epoch));
}

async function takeBack(
  world: World,
  spec: EnvironmentSpec,
  runtime: OdooRuntime,
  generation: Generation,
  serving: Serving,
  before: EnvironmentSpec | null,
): Promise<void> {
  if (before === null) {
    await runtime.stopBackground(generation, serving.epoch, stopGraceMs, AbortSignal.timeout(2 * stopGraceMs));
    await runtime.stopWeb(generation, serving.epoch, stopGraceMs);
    await world.gateway.removeRoute(spec.name, serving.epoch);
    return;
  }
  const old = await world.openRuntime(before);
  const oldGeneration = await old.prepare(serving.generation, serving.release, before.database.name);
  await old.startWeb(oldGeneration, serving.epoch);
  await old.startBackground(oldGeneration, serving.epoch);
  await world.gateway.setRoute(routeOf(before, oldGeneration, serving.epoch));
}

async function unhealthy(
  spec: EnvironmentSpec,
  runtime: OdooRuntime,
  generation: Generation,
  failed: readonly string[],
): Promise<PlimsollError> {
  const status = (await runtime.generations()).find((each) => each.generation.id === generation.id);
  const tail = (status?.logTail ?? []).slice(-logLinesShownMax);
  return new PlimsollError("ODOO_UNHEALTHY", `Odoo of ${spec.name} was not healthy within ${Math.round(spec.limits.bootMsMax / 1000)} s.`, {
    why: failed.join("; ") || "It never answered.",
    because: [...failed, ...tail.map((line) => `log: ${line}`)],
    fix: "Read the end of its log above; raise spec.limits.boot when it only needs longer.",
    facts: { environment: spec.name, generation: generation.id },
  });
}

/** The route of an environment that serves. */
export function routeOf(spec: EnvironmentSpec, generation: Generation, epoch: number): Route {
  return {
    environment: spec.name,
    epoch,
    listenHost: spec.gateway.listenHost,
    listenPort: spec.gateway.listenPort,
    hostnames: spec.gateway.hostnames,
    mode: "pass",
    upstream: { host: "127.0.0.1", webPort: generation.webPort, websocketPort: generation.websocketPort },
    holdMsMax: spec.limits.holdMsMax,
    heldRequestsMax: spec.limits.heldRequestsMax,
    heldBytesMax: spec.limits.heldBytesMax,
    releaseConcurrency: spec.runtime.workers === 0 ? threadedConcurrency : spec.runtime.workers * 2,
  };
}
