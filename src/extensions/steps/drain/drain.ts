import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { StepKind } from "../../../app/ports/step.ts";

type Input = { readonly boundMs: number };
type Output = { readonly waitedMs: number };

const pollMs = 20;

/** Requests that reached Odoo before the hold get their answers. */
export const drain: StepKind<Input, Output, "gateway"> = {
  id: "drain",
  summary: "Let requests in flight finish",
  input: z.strictObject({ boundMs: z.int().positive() }),
  needs: ["gateway"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const startedMs = cx.clock.monotonicMs();
    for (;;) {
      const status = await cx.use.gateway.status(cx.environment.name);
      const waitedMs = Math.round(cx.clock.monotonicMs() - startedMs);
      if (status !== null && status.inFlight === 0) return { waitedMs };
      if (waitedMs >= input.boundMs) {
        throw new PlimsollError(
          "DRAIN_OVER_BOUND",
          `${status?.inFlight ?? "Unknown"} requests still run after ${Math.round(input.boundMs / 1000)} s.`,
          {
            why: "A report or an import takes longer than the plan allows; it is not cut off.",
            fix: "Try again when it has ended, or raise limits.drain of the environment.",
          },
        );
      }
      cx.progress(null, `${status?.inFlight ?? "?"} requests in flight`);
      await cx.clock.sleep(pollMs, cx.signal);
    }
  },

  // Waiting changed nothing; the hold's own undo lets users go on.
  async undo() {},

  describe: (input) => `Let requests in flight finish (at most ${Math.round(input.boundMs / 1000)} s).`,
};
