import type { Clock } from "../../../src/app/ports/clock.ts";

/** A clock that moves only when somebody sleeps on it, or a test moves it. */
export class FakeClock implements Clock {
  #ms = 0;
  readonly #startedAtMs: number = Date.parse("2026-01-15T03:00:00.000Z");

  now(): string {
    return new Date(this.#startedAtMs + this.#ms).toISOString();
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#ms += ms;
    return Promise.resolve();
  }
}
