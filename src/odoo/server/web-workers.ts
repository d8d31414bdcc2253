import type { Clock } from "../../app/ports/clock.ts";
import type { Gateway, Upstream } from "../../app/ports/gateway.ts";
import type { Generation, HealthReport, OdooRuntime } from "../../app/ports/odoo-runtime.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";

const pollMs = 50;
const stopGraceMs = 10_000;

/** What a step is handed, as far as web workers need it. */
export interface WorkersContext {
  readonly deployment: { readonly epoch: number };
  readonly environment: { readonly name: string };
  readonly signal: AbortSignal;
  readonly clock: Clock;
  progress(fraction: number | null, message: string): void;
  evidence(name: string, value: Json): void;
}

export function upstreamOf(generation: Generation): Upstream {
  return { host: "127.0.0.1", webPort: generation.webPort, websocketPort: generation.websocketPort };
}

/**
 * Starts the web workers of a generation, or finds them started, and asks them until they answer.
 * @throws ODOO_UNHEALTHY with what was seen and what their log says last
 */
export async function startAnswering(
  cx: WorkersContext & { readonly use: { readonly runtime: OdooRuntime } },
  generation: Generation,
  boundMs: number,
  which: "new" | "old" = "new",
): Promise<HealthReport> {
  await cx.use.runtime.startWeb(generation, cx.deployment.epoch);
  return askWorkers(cx, generation, boundMs, which);
}

/** @throws ODOO_UNHEALTHY with what was seen and what their log says last */
export async function askWorkers(
  cx: WorkersContext & { readonly use: { readonly runtime: OdooRuntime } },
  generation: Generation,
  boundMs: number,
  which: "new" | "old" = "new",
): Promise<HealthReport> {
  const health = await cx.use.runtime.waitHealthy(generation, boundMs, cx.signal);
  if (health.healthy) return health;
  const status = (await cx.use.runtime.generations()).find((each) => each.generation.id === generation.id);
  const tail = status?.logTail ?? [];
  cx.evidence("log-tail", tail);
  const last = tail.at(-1)?.trim() ?? "";
  throw new PlimsollError("ODOO_UNHEALTHY", `The ${which} workers did not become healthy.`, {
    why: [
      ...health.checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.seen}`),
      ...(last === "" ? [] : [`the log says last: ${last}`]),
    ].join("; "),
    fix: `Read the web log of the ${which} generation; the release may need something that this host lacks.`,
  });
}

/**
 * Ends the web workers of a generation that no user is sent to, once the last requests that reached them are answered.
 * @throws STATE_UNEXPECTED when users are sent there; DRAIN_OVER_BOUND when requests still run at the bound. Nothing was ended then.
 */
export async function endIdleWorkers(
  cx: WorkersContext & { readonly use: { readonly runtime: OdooRuntime; readonly gateway: Gateway } },
  generation: Generation,
  boundMs: number,
): Promise<void> {
  if (await servesUsers(cx, generation)) {
    throw new PlimsollError("STATE_UNEXPECTED", `Users are sent to the workers of ${generation.id}.`, {
      why: "Ending them would cut users off; whoever sends users there must send them elsewhere first.",
      fix: "Look at the gateway's route of this environment; nothing was ended.",
      liftedBy: "a person",
    });
  }
  await letRequestsEnd(cx, generation, boundMs);
  await cx.use.runtime.stopWeb(generation, cx.deployment.epoch, stopGraceMs);
}

/** Are users sent to this generation? */
export async function servesUsers(
  cx: WorkersContext & { readonly use: { readonly gateway: Gateway } },
  generation: Generation,
): Promise<boolean> {
  const route = (await cx.use.gateway.status(cx.environment.name))?.route;
  return route?.upstream?.webPort === generation.webPort;
}

/**
 * Waits until every request that was sent to a generation has its answer. Users are sent elsewhere by then; a gateway that
 * was started anew knows of none, because those of the one before ended with it.
 * @throws DRAIN_OVER_BOUND when some still run at the bound: they aren't cut off
 */
async function letRequestsEnd(
  cx: WorkersContext & { readonly use: { readonly gateway: Gateway } },
  generation: Generation,
  boundMs: number,
): Promise<void> {
  const startedMs = cx.clock.monotonicMs();
  for (;;) {
    const traffic = (await cx.use.gateway.status(cx.environment.name))?.traffic ?? [];
    const inFlight = traffic.find(({ upstream }) => upstream.webPort === generation.webPort)?.inFlight ?? 0;
    if (inFlight === 0) return;
    if (cx.clock.monotonicMs() - startedMs >= boundMs) {
      throw new PlimsollError("DRAIN_OVER_BOUND", `${inFlight} requests still run on workers that are to end, after ${seconds(boundMs)}.`, {
        why: "A report or an import takes longer than the plan allows; it is not cut off.",
        fix: "Try again when it has ended, or raise limits.drain of the environment.",
      });
    }
    cx.progress(null, `${inFlight} requests in flight`);
    await cx.clock.sleep(pollMs, cx.signal);
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
