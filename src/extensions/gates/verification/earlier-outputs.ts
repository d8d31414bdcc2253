import { z } from "zod";
import type { AnswersSeen } from "../../../domain/fleet/answers.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { ItemContext } from "../../../app/ports/step.ts";

const count = z.int().nonnegative();
const quantile = z.number().nonnegative();
const answersSchema: z.ZodType<AnswersSeen> = z.object({
  sinceMs: count,
  answers: count,
  serverErrors: count,
  errorsInBody: count,
  businessErrors: count,
  unread: count,
  unanswered: count,
  errorNames: z.record(z.string(), count),
  latencyMs: z.object({ p50: quantile, p95: quantile, p99: quantile, max: quantile }).nullable(),
});
const baselineSchema = z.object({ traffic: answersSchema.nullish() });
const reopenSchema = z.object({ reopenedAt: z.string() });
const switchSchema = z.object({ switchedAt: z.string() });

/** When users were let in, by whichever way the plan has. */
export function reopenedMs(cx: Pick<ItemContext, "outputOf">): number {
  const reopened = reopenSchema.safeParse(cx.outputOf("reopen")).data?.reopenedAt;
  const ms = Date.parse(reopened ?? switchSchema.safeParse(cx.outputOf("switch-traffic")).data?.switchedAt ?? "");
  if (Number.isNaN(ms)) {
    throw new PlimsollError("STATE_UNEXPECTED", "Nothing on record says when users were let in, so nothing can be watched from there.");
  }
  return ms;
}

/** What the old release answered before the change; null when that was not recorded. */
export function baselineOf(cx: Pick<ItemContext, "outputOf">): AnswersSeen | null {
  return baselineSchema.safeParse(cx.outputOf("probe-baseline")).data?.traffic ?? null;
}
