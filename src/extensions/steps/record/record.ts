import { z } from "zod";
import type { ModuleLag } from "../../../domain/fleet/environment.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { digestSchema, lagSchema } from "../../../app/ports/schema.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = {
  readonly release: Digest;
  readonly generation: string;
  /** Stays on record; absent: none. */
  readonly lag?: readonly ModuleLag[] | undefined;
};
type Output = {
  readonly serving: {
    readonly release: Digest;
    readonly generation: string;
    readonly lag: readonly { readonly module: string; readonly database: string; readonly code: string }[];
  };
  readonly observedClass: "K0";
};

/** K0: no installed module changed, so nothing is to be done but to write down which release this now is. */
export const record: StepKind<Input, Output, never> = {
  id: "record",
  summary: "Record the release; nothing else changes",
  input: z.strictObject({ release: digestSchema, generation: z.string().min(1), lag: lagSchema.optional() }),
  needs: [],
  limits: { timeoutMs: 5_000, attempts: 1 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(_cx, input) {
    const lag = (input.lag ?? []).map(({ module, database, code }) => ({ module, database, code }));
    return { serving: { release: input.release, generation: input.generation, lag }, observedClass: "K0" };
  },

  // The record is the transaction of this very step: undone with it.
  async undo() {},

  describe: () => "Record the release: none of its changes touches an installed module.",
};
