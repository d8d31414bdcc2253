import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../app/ports/clock.ts";

/** Longer timers overflow in Node and fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(Math.min(Math.max(0, ms), timerMsMax), undefined, signal === undefined ? {} : { signal });
  },
};
