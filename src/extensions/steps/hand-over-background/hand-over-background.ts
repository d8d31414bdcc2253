import { z } from "zod";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { plannedWorkersSchema, type PlannedWorkers } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";

type Input = { readonly from: PlannedWorkers; readonly to: PlannedWorkers; readonly boundMs: number };

/** Scheduled actions change hands: those of one release have ended before those of the other begin. At the bound it gives up, and kills none. */
export const handOverBackground: StepKind<Input, { readonly running: true }, "runtime"> = {
  id: "hand-over-background",
  summary: "Hand background work over, without an overlap",
  input: z.strictObject({ from: plannedWorkersSchema, to: plannedWorkersSchema, boundMs: z.int().positive() }),
  needs: ["runtime"],
  limits: { timeoutMs: 3_600_000, attempts: 1 },

  async observe(cx, input) {
    const all = await cx.use.runtime.generations();
    const stateOf = (id: string): string | undefined => all.find((status) => status.generation.id === id)?.background;
    const over = stateOf(input.to.generation) === "running" && (stateOf(input.from.generation) ?? "stopped") === "stopped";
    return over ? { state: "done", output: { running: true } } : { state: "not-started" };
  },

  async apply(cx, input) {
    await handOver(cx, input.from, input.to, input.boundMs);
    return { running: true };
  },

  async undo(cx, input) {
    await handOver(cx, input.to, input.from, input.boundMs);
  },

  describe: (input) =>
    `Hand scheduled actions over: running ones finish (at most ${Math.round(input.boundMs / 1000)} s), then the release that users are on takes them.`,
};

async function handOver(cx: ItemContext<"runtime">, from: PlannedWorkers, to: PlannedWorkers, boundMs: number): Promise<void> {
  const { runtime } = cx.use;
  const { epoch } = cx.deployment;
  const ending = await runtime.prepare(from.generation, from.release, from.database);
  cx.progress(null, "waiting for running crons to finish");
  if (!(await runtime.stopBackground(ending, epoch, boundMs, cx.signal))) {
    throw new PlimsollError("DRAIN_OVER_BOUND", `Background work still runs after ${Math.round(boundMs / 1000)} s.`, {
      why: "A scheduled action hasn't finished; Plimsoll doesn't kill business work, and two releases never run it at once.",
      fix: "See in Odoo under Scheduled Actions which one runs; try again after it, or raise limits.backgroundStop of the environment.",
    });
  }
  cx.signal.throwIfAborted();
  await runtime.startBackground(await runtime.prepare(to.generation, to.release, to.database), epoch);
}
