import type { Clock } from "../../src/app/ports/clock.ts";
import type { Fence, Ledger } from "../../src/app/ports/store.ts";
import type { Beats, Heart } from "../../src/engine/heart.ts";

/** A ledger at the other end of a network. */
export function overNet(ledger: Ledger, net: <T>(work: () => Promise<T>) => Promise<T>, commits: number[]): Ledger {
  const proxied = Object.fromEntries(
    Object.entries(ledger).map(([name, method]) => [
      name,
      typeof method === "function" && name !== "onEvents"
        ? (...args: unknown[]) => net(() => (method as (...a: unknown[]) => Promise<unknown>)(...args))
        : method,
    ]),
  ) as unknown as Ledger;
  return {
    ...proxied,
    fenced: (id, fence, work) =>
      net(async () => {
        const result = await ledger.fenced(id, fence, work);
        commits.push(fence.epoch);
        return result;
      }),
  };
}

/** Beats in the main loop, over the same network. */
export function simulatedHeart(ledger: Ledger, net: <T>(work: () => Promise<T>) => Promise<T>, clock: Clock, ttlMs: number): Heart {
  return {
    keep(deployment: string, fence: Fence): Beats {
      let lastMs = clock.monotonicMs();
      let lost = false;
      let stopped = false;
      void (async () => {
        while (!stopped && !lost) {
          await clock.sleep(ttlMs / 4);
          const sentMs = clock.monotonicMs();
          const taken = await net(() => ledger.beat(deployment, fence)).catch(() => null);
          if (taken === true) lastMs = sentMs;
          if (taken === false) lost = true;
        }
      })();
      return {
        ageMs: () => clock.monotonicMs() - lastMs,
        superseded: () => lost,
        stop() {
          stopped = true;
        },
      };
    },
    stop: async () => undefined,
  };
}
