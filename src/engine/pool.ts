import type { Deployment } from "../domain/rollout/deployment.ts";
import { pause, type EngineWorld } from "./engine-world.ts";
import { runDeployment, type RunHandle } from "./run-deployment.ts";
import { Sightings } from "./sightings.ts";

export interface Pool {
  /** A hint that something is to do; without it the next sweep finds it. */
  hint(): void;
  stop(): Promise<void>;
}

/**
 * The deployments that this process works on. One loop looks at the ledger, at most once per `sweepMs` and at once after a
 * hint; jobs and notifications only wake it, so losing any number of them costs a second.
 */
export function startPool(world: EngineWorld, concurrency: number): Pool {
  const running = new Map<string, RunHandle>();
  const sightings = new Sightings();
  const over = new AbortController();
  let wake = new AbortController();

  const sweep = async (): Promise<void> => {
    const due = await world.ledger.due(world.host);
    for (const deployment of due) running.get(deployment.id)?.seen(deployment);
    for (const deployment of sightings.claimable(due, world.clock.monotonicMs(), world.limits.ttlMs)) {
      if (over.signal.aborted || running.size >= concurrency) break;
      if (!running.has(deployment.id)) start(deployment);
    }
  };
  const start = (deployment: Deployment): void => {
    const handle = runDeployment(world, deployment);
    running.set(deployment.id, handle);
    // What it left is found by the next sweep, not at once: a run that fails in its first second must not spin.
    void handle.done.finally(() => running.delete(deployment.id));
  };
  const loop = (async () => {
    let failures = 0;
    while (!over.signal.aborted) {
      wake = new AbortController();
      const both = AbortSignal.any([wake.signal, over.signal]);
      try {
        await sweep();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) world.log.warn({ error: String(error) }, "the ledger can't be read; it is asked again every second");
      }
      await pause(world.clock, world.limits.sweepMs, both);
    }
  })();

  return {
    hint: () => wake.abort(),
    async stop() {
      over.abort();
      for (const handle of running.values()) handle.stop();
      await Promise.all([...running.values()].map((handle) => handle.done));
      await loop;
    },
  };
}
