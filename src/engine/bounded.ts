import type { Clock } from "../app/ports/clock.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { pause } from "./engine-world.ts";

export type Bounded<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown }
  /** It was told to stop and didn't: it may still act, so nothing else may be done under its epoch. */
  | { readonly kind: "stuck"; readonly error: unknown };

export interface Bounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly what: string;
  /** Aborting it stops the work. */
  readonly control: AbortController;
}

/** Runs work under a time limit and an abort, and knows the difference between "has stopped" and "doesn't stop". */
export async function bounded<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<Bounded<T>> {
  const { clock, control } = bounds;
  const over = new AbortController();
  const settled = settle(work, control.signal);
  void pause(clock, bounds.timeoutMs, over.signal).then(() => {
    if (!over.signal.aborted) control.abort(timedOut(bounds));
  });
  try {
    return await Promise.race([settled, aborted(control.signal, over.signal).then(() => stuck<T>(bounds, over.signal))]);
  } finally {
    over.abort();
  }
}

async function settle<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Bounded<T>> {
  try {
    return { kind: "value", value: await work(signal) };
  } catch (error) {
    // What a step throws when it is aborted is its own affair; why it was aborted is what counts.
    return {
      kind: "error",
      error: signal.aborted && !(error instanceof PlimsollError && error.code !== "CANCELLED") ? signal.reason : error,
    };
  }
}

async function stuck<T>(bounds: Bounds, over: AbortSignal): Promise<Bounded<T>> {
  await pause(bounds.clock, bounds.graceMs, over);
  return { kind: "stuck", error: bounds.control.signal.reason };
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true, signal: over });
  });
}

function timedOut(bounds: Bounds): PlimsollError {
  return new PlimsollError("STEP_TIMED_OUT", `${bounds.what} was not finished after ${Math.round(bounds.timeoutMs / 1000)} s.`);
}
