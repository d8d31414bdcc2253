import { Logger, run, type Runner } from "graphile-worker";
import type { Clock } from "../app/ports/clock.ts";
import { pause } from "./engine-world.ts";
import type { EngineLog } from "./worker-options.ts";

/** Notifications wake at once; polling is only for timers, and the pool's own sweep is finer than this. */
const pollMs = 30_000;
const againMs = 5_000;

/**
 * graphile-worker as the bell: a job `advance:<host>` means "look at the ledger". It is done as soon as the pool was told, so
 * that a worker that dies in the middle of a deployment holds no job.
 */
export function startDispatch(options: {
  readonly connectionString: string;
  readonly host: string;
  readonly hint: () => void;
  readonly clock: Clock;
  readonly log: EngineLog;
}): { stop(): Promise<void> } {
  const over = new AbortController();
  let runner: Runner | null = null;
  const loop = (async () => {
    while (!over.signal.aborted) {
      try {
        runner = await run({
          connectionString: options.connectionString,
          concurrency: 1,
          maxPoolSize: 3,
          noHandleSignals: true,
          pollInterval: pollMs,
          logger: new Logger(() => () => undefined),
          taskList: { [`advance:${options.host}`]: async () => options.hint() },
        });
        if (over.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (error) {
        if (!over.signal.aborted) options.log.warn({ error: String(error) }, "dispatch is down; the sweep goes on without it");
      }
      await pause(options.clock, againMs, over.signal);
    }
  })();
  return {
    async stop() {
      over.abort();
      await runner?.stop().catch(() => undefined);
      await loop;
    },
  };
}
