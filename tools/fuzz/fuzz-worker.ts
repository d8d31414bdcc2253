import { parentPort, workerData } from "node:worker_threads";
import { withOdooSeeds } from "./odoo-seeds.ts";
import { fuzzTargets } from "./targets.ts";
import { tryInput } from "./try-input.ts";

export interface FuzzWork {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly durationMs: number;
  /** The number of the input that is being read, for whoever sees that this goes on for too long. */
  readonly reading: SharedArrayBuffer;
}

const { target: name, seed, from, durationMs, reading } = workerData as FuzzWork;
const target = withOdooSeeds(fuzzTargets.filter((one) => one.name === name))[0];
if (target === undefined) throw new Error(`there is no target ${name}`);
const current = new Int32Array(reading);
const startedMs = performance.now();
let index = from;
for (; performance.now() - startedMs < durationMs; index += 1) {
  Atomics.store(current, 0, index);
  const failure = tryInput(target, seed, index);
  if (failure !== null) parentPort?.postMessage(failure);
}
Atomics.store(current, 0, -1);
parentPort?.postMessage({ inputs: index - from });
