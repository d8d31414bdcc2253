import type { PlanItem } from "../domain/plan/plan.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import { abortReason } from "./abort.ts";
import { beginAutomaticRecovery, recoversByItself } from "./begin-recovery.ts";
import { bounded, type Bounded } from "./bounded.ts";
import { isWorldLost, itemError, title } from "./failure.ts";
import { fail, type Next } from "./give-up.ts";
import { openContext } from "./item-context.ts";
import { gateOf } from "./plan-check.ts";
import { record, RunOver } from "./record.ts";
import { isHolding, isOver, newControl, wantsRecovery, type Run } from "./run.ts";
import { gateFailed, gatePassed, itemStarted } from "./writes.ts";

/** Asks a gate. Only `passed`, with rows that all passed, lets the plan go on (S6). */
export async function evaluateGate(run: Run, position: number, item: PlanItem): Promise<Next> {
  const kind = gateOf(run.world, item);
  const { clock, limits, failpoint } = run.world;
  await record(run, itemStarted(run, position, item));
  // The record was read again by it: what a person wished for until then counts.
  if (wantsRecovery(run)) return "on";
  const control = newControl(run);
  const open = openContext(run, position, kind.needs, control.signal);
  run.takenOver = false;
  const end: Bounded<Verdict> = await bounded(
    { clock, timeoutMs: kind.limits.timeoutMs, graceMs: limits.graceMs, what: title(kind), control },
    async () => {
      await failpoint(`evaluate.${item.id}.before`);
      const verdict = await kind.evaluate(open.cx, item.input);
      await failpoint(`evaluate.${item.id}.after`);
      return verdict;
    },
  );
  open.close();
  run.stuck = end.kind === "stuck";
  if (isOver(run)) throw new RunOver("lease lost");
  if (end.kind === "error" && isWorldLost(end.error)) throw new RunOver(itemError(end.error).message);
  const verdict = end.kind === "value" ? trusted(end.value) : unanswered(end.error);
  if (verdict.kind === "passed") {
    await record(run, gatePassed(run, position, item, verdict, open.evidence()));
    return "on";
  }
  const reason = `${title(kind)}: ${verdict.reason}`;
  const failed = gateFailed(run, position, item, verdict, open.evidence());
  if (end.kind === "value" && end.value.kind === "failed" && recoversByItself(run, verdict)) {
    return beginAutomaticRecovery(run, reason, failed);
  }
  await record(run, failed);
  if (end.kind === "error" && run.interruption === "stop" && !isHolding(run)) throw new RunOver("the worker stops");
  if (end.kind !== "value" && run.interruption === "recovery") {
    if (end.kind === "stuck") throw new RunOver(`${item.id} doesn't stop`);
    return "on";
  }
  const next = await fail(run, position, run.interruption === "abort" ? await abortReason(run) : reason);
  // A gate only reads, but one that doesn't stop may hold what the undos need: the next epoch cuts it off first.
  if (end.kind === "stuck") throw new RunOver(`${item.id} doesn't stop`);
  return next;
}

/** A gate that says passed and shows nothing, or shows something else, has not passed. */
function trusted(verdict: Verdict): Verdict {
  if (verdict.kind !== "passed") return verdict;
  if (verdict.rows.length === 0) return { ...verdict, kind: "inconclusive", reason: "It passed without evidence." };
  const other = verdict.rows.find((row) => row.outcome !== "passed");
  return other === undefined ? verdict : { ...verdict, kind: other.outcome, reason: other.title };
}

function unanswered(error: unknown): Verdict {
  const { code, message } = itemError(error);
  const inconclusive = code === "STEP_TIMED_OUT" || code === "CANCELLED";
  return { kind: inconclusive ? "inconclusive" : "errored", reason: message, rows: [] };
}
