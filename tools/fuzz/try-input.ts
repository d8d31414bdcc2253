import { PlimsollError } from "../../src/domain/shared/errors.ts";
import { mutated } from "./mutate.ts";
import { seededRandom } from "./seeded-random.ts";
import type { FuzzTarget } from "./targets.ts";

export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  /** Which input of this seed. */
  readonly index: number;
  readonly kind: "threw" | "slow" | "hung";
  readonly what: string;
  readonly input: string;
}

/** Generous: the slowest parser needs some 20 ms for the largest input, on a busy machine ten times that. */
export const slowMs = 1000;

/** The input with this number; the same arguments give the same text. */
export function inputOf(target: FuzzTarget, seed: number, index: number): string {
  return mutated(target.seeds, seededRandom(Math.imul(seed, 0x9e3779b1) + index));
}

/** null: the parser read the input, or refused it as it should. */
export function tryInput(target: FuzzTarget, seed: number, index: number): FuzzFailure | null {
  const input = inputOf(target, seed, index);
  const failure = { target: target.name, seed, index, input };
  // Somebody else may have had the processor: slow is what is slow each time.
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && fastestMs > slowMs; attempt += 1) {
    const startedMs = performance.now();
    try {
      target.run(input);
    } catch (error) {
      if (!(error instanceof PlimsollError))
        return { ...failure, kind: "threw", what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    fastestMs = Math.min(fastestMs, performance.now() - startedMs);
  }
  return fastestMs > slowMs ? { ...failure, kind: "slow", what: `${Math.round(fastestMs)} ms for ${input.length} characters` } : null;
}
