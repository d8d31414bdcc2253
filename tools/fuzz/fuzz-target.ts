import { Worker } from "node:worker_threads";
import type { FuzzWork } from "./fuzz-worker.ts";
import type { FuzzTarget } from "./targets.ts";
import { inputOf, type FuzzFailure } from "./try-input.ts";

export interface FuzzResult {
  readonly target: string;
  readonly inputs: number;
  readonly failures: readonly FuzzFailure[];
}

/** Longer than anything slow: whoever reads the same input for so long doesn't come back. */
const hungMs = 20_000;
const pollMs = 500;

/** Reads inputs for a while in a thread, which is ended and replaced when it hangs. */
export async function fuzzTarget(target: FuzzTarget, seed: number, durationMs: number): Promise<FuzzResult> {
  const failures: FuzzFailure[] = [];
  const endMs = performance.now() + durationMs;
  let from = 0;
  for (let leftMs = durationMs; leftMs > 0; leftMs = endMs - performance.now()) {
    const { next, hung } = await runWorker({ target: target.name, seed, from, durationMs: leftMs }, failures);
    from = next;
    if (!hung) break;
    const input = inputOf(target, seed, next - 1);
    failures.push({ target: target.name, seed, index: next - 1, kind: "hung", what: `no end within ${hungMs / 1000} s`, input });
  }
  return { target: target.name, inputs: from, failures };
}

async function runWorker(
  work: Omit<FuzzWork, "reading">,
  failures: FuzzFailure[],
): Promise<{ readonly next: number; readonly hung: boolean }> {
  const current = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const worker = new Worker(new URL("fuzz-worker.ts", import.meta.url), {
    workerData: { ...work, reading: current.buffer } satisfies FuzzWork,
  });
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly next: number; readonly hung: boolean }>();
  let last = { index: -1, sinceMs: performance.now() };
  const watch = setInterval(() => {
    const index = Atomics.load(current, 0);
    if (index !== last.index || index === -1) last = { index, sinceMs: performance.now() };
    else if (performance.now() - last.sinceMs > hungMs) resolve({ next: index + 1, hung: true });
  }, pollMs);
  worker.on("message", (message: FuzzFailure | { readonly inputs: number }) => {
    if ("inputs" in message) resolve({ next: work.from + message.inputs, hung: false });
    else failures.push(message);
  });
  worker.on("error", reject);
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
