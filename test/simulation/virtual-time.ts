import type { Clock } from "../../src/app/ports/clock.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Time that moves only when everything that could happen at this moment has happened. */
export class VirtualTime {
  #nowMs = Date.parse("2025-01-01T00:00:00.000Z");
  #order = 0;
  #timers: Timer[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  clock(): Clock {
    return {
      now: () => new Date(this.#nowMs).toISOString(),
      monotonicMs: () => this.#nowMs,
      sleep: (ms, signal) => this.sleep(ms, signal),
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new Error("sleep aborted"));
      const timer: Timer = {
        atMs: this.#nowMs + Math.max(0, ms),
        order: (this.#order += 1),
        fire: () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      const stop = (): void => {
        this.#timers = this.#timers.filter((one) => one !== timer);
        reject(new Error("sleep aborted"));
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#timers.push(timer);
    });
  }

  /** Lets time pass until `done` says so. @returns false when it never did, within `boundMs` */
  async run(done: () => boolean, boundMs: number): Promise<boolean> {
    const endMs = this.#nowMs + boundMs;
    for (;;) {
      // Every microtask that is ready runs before a macrotask does.
      await new Promise((resolve) => setImmediate(resolve));
      if (done()) return true;
      const next = this.#earliest();
      if (next === undefined || next.atMs > endMs) return false;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = next.atMs;
      next.fire();
    }
  }

  #earliest(): Timer | undefined {
    let best: Timer | undefined;
    for (const one of this.#timers) {
      if (best === undefined || one.atMs < best.atMs || (one.atMs === best.atMs && one.order < best.order)) best = one;
    }
    return best;
  }
}

/** mulberry32: small, seeded, the same everywhere. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  between(min: number, max: number): number {
    return Math.floor(min + this.roll() * (max - min + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.roll() * choices.length)] as T;
  }
}
