import { z } from "zod";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { verdictOf, type EvidenceRow, type Verdict } from "../../../domain/verdict/verdict.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { GateKind, ItemContext } from "../../../app/ports/step.ts";
import { isDefinitelyWrong, judgeVerification, looksWrong } from "../../../odoo/analysis/verification.ts";
import { baselineOf, reopenedMs } from "./earlier-outputs.ts";
import { Watch, type WatchNeeds } from "./watch.ts";

type Input = { readonly generation: string; readonly release: Digest | null; readonly database: string; readonly soakMs: number };

const lookEveryMs = 1_000;
/** A gateway or a database that is being restarted is back by then; whoever can't be asked for longer leaves the question open. */
const failedLooksMax = 10;

/** Users are on the new release: it is watched for as long as the plan says, and one look at least. */
export const verification: GateKind<Input, WatchNeeds> = {
  id: "verification",
  summary: "Watch the new release while users work on it",
  phase: "after",
  input: z.strictObject({
    generation: z.string().min(1),
    release: digestSchema.nullable(),
    database: z.string().min(1),
    soakMs: z
      .int()
      .nonnegative()
      .max(24 * 3_600_000),
  }),
  needs: ["gateway", "runtime", "tenant-database"],
  limits: { timeoutMs: 25 * 3_600_000 },

  async evaluate(cx, input) {
    const openedMs = reopenedMs(cx);
    const baseline = baselineOf(cx);
    const watch = new Watch(cx, input);
    const sinceMs = (): number => Math.max(0, Date.parse(cx.clock.now()) - openedMs);
    let rows: readonly EvidenceRow[] = [];
    let failedInARow = 0;
    let wrongInARow = 0;
    for (;;) {
      const last = sinceMs() >= input.soakMs;
      try {
        await watch.look(last);
        failedInARow = 0;
      } catch (error) {
        if (cx.signal.aborted || isOver(error) || ++failedInARow >= failedLooksMax) return unasked(error, cx, rows);
        await cx.clock.sleep(lookEveryMs, cx.signal);
        continue;
      }
      const seen = watch.seen({ sinceReopeningMs: sinceMs(), soakMs: input.soakMs }, baseline);
      rows = judgeVerification(seen);
      wrongInARow = looksWrong(rows) ? wrongInARow + 1 : 0;
      if (isDefinitelyWrong(rows, seen, wrongInARow)) return verdictOf(rows, "");
      // An answer that just didn't come is asked for again: a busy machine isn't a broken release.
      if (last && !watch.asksAgain) return verdictOf(rows, passedSentence(watch, input));
      sayProgress(cx, watch, { sinceMs: sinceMs(), soakMs: input.soakMs });
      await cx.clock.sleep(last ? lookEveryMs : Math.min(lookEveryMs, Math.max(1, input.soakMs - sinceMs())), cx.signal);
    }
  },

  describe: (input) =>
    `Watch the new release for ${lengthOf(input.soakMs)} while users work on it: errors in their answers, speed, locks, processes, logs.`,
};

/** Somebody else has the environment now: nothing may be said about it any more. */
function isOver(error: unknown): boolean {
  return error instanceof PlimsollError && (error.code === "LEASE_LOST" || error.code === "EPOCH_SUPERSEDED");
}

function unasked(error: unknown, cx: ItemContext<WatchNeeds>, rows: readonly EvidenceRow[]): Verdict {
  if (cx.signal.aborted || isOver(error)) throw error;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "errored", reason: `The new release couldn't be looked at ${failedLooksMax} times in a row: ${message}`, rows };
}

function sayProgress(
  cx: ItemContext<WatchNeeds>,
  watch: Watch,
  { sinceMs, soakMs }: { readonly sinceMs: number; readonly soakMs: number },
): void {
  const fraction = soakMs === 0 ? 1 : Math.min(1, sinceMs / soakMs);
  cx.progress(fraction, `${Math.round(sinceMs / 1000)} s of ${Math.round(soakMs / 1000)} s; ${watch.sentence}`);
}

function passedSentence(watch: Watch, { soakMs }: Input): string {
  return `Nothing speaks against the new release after ${lengthOf(soakMs)}: ${watch.sentence}.`;
}

function lengthOf(ms: number): string {
  return ms % 60_000 === 0 && ms > 0 ? `${ms / 60_000} min` : `${Math.round(ms / 1000)} s`;
}
