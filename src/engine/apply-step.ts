import type { Observed } from "../app/ports/step.ts";
import type { PlanItem } from "../domain/plan/plan.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import { abortReason } from "./abort.ts";
import { bounded, type Bounded } from "./bounded.ts";
import { backOffMs, pause } from "./engine-world.ts";
import { isRetryable, isWorldLost, itemError, title } from "./failure.ts";
import { fail, type Next } from "./give-up.ts";
import { openContext } from "./item-context.ts";
import { stepOf } from "./plan-check.ts";
import { record, RunOver } from "./record.ts";
import { isRestarting, restart } from "./restart.ts";
import { begin, isHolding, isOver, isReopened, latestRun, newControl, wantsRecovery, type Run } from "./run.ts";
import type { AnyStep } from "./worker-options.ts";
import { interruptedError } from "./ledger-entries.ts";
import { itemStarted, stepDone, stepFailed, type Evidence } from "./writes.ts";

/** Brings one step to its end: observed when it was begun before, applied otherwise; a refusal leads back. */
export async function applyStep(run: Run, position: number, item: PlanItem): Promise<Next> {
  const kind = stepOf(run.world, item);
  const before = latestRun(run.runs, position);
  // A restart that a dying worker left half way: it is the only way for undos to stand in a plan that goes forward.
  if (isRestarting(run, position)) return restart(run, position, item);
  const begun = before?.state === "started" || before?.state === "failed";
  if (begun || run.behind) {
    const seen = await observe(run, position, item, kind);
    if (seen.state === "done") {
      await record(run, stepDone(run, position, item, { output: seen.output, observed: true, evidence: {} }));
      return "on";
    }
    const tired = tiredOf(run, position, item, kind);
    if (tired !== null) return fail(run, position, tired);
    if (seen.state === "partly" && kind.restartFrom !== undefined && begun) return restart(run, position, item);
  }
  await record(run, itemStarted(run, position, item));
  // The record was read again by it: what a person wished for until then counts, and later is too late for the last item.
  if (wantsRecovery(run)) return "on";
  return attempt(run, position, item, kind);
}

async function attempt(run: Run, position: number, item: PlanItem, kind: AnyStep): Promise<Next> {
  const { limits, clock, failpoint } = run.world;
  const control = newControl(run);
  const open = openContext(run, position, kind.needs, control.signal);
  run.takenOver = false;
  const end: Bounded<Json> = await bounded(
    { clock, timeoutMs: kind.limits.timeoutMs, graceMs: limits.graceMs, what: kind.summary, control },
    async () => {
      await failpoint(`apply.${item.id}.before`);
      begin(run, control.signal);
      const output = (await kind.apply(open.cx, item.input)) as Json;
      await failpoint(`apply.${item.id}.after`);
      return output;
    },
  );
  open.close();
  run.stuck = end.kind === "stuck";
  if (end.kind === "value") {
    await record(run, stepDone(run, position, item, { output: end.value ?? null, observed: false, evidence: open.evidence() }));
    return "on";
  }
  return failed(run, position, item, kind, end, open.evidence());
}

async function failed(
  run: Run,
  position: number,
  item: PlanItem,
  kind: AnyStep,
  end: Exclude<Bounded<Json>, { kind: "value" }>,
  evidence: Evidence,
): Promise<Next> {
  if (isOver(run)) throw new RunOver("lease lost");
  if (isWorldLost(end.error)) throw new RunOver(itemError(end.error).message);
  if (end.kind === "stuck") return giveStuckUp(run, position, item, kind, end.error, evidence);
  const wanted = interruptionReason(run);
  if (wanted === null && !isRetryable(end.error)) return giveUp(run, position, item, kind, end.error, evidence);
  // It may have succeeded all the same: the answer was lost, or the abort came too late.
  if (kind.restartFrom === undefined) {
    const seen = await observe(run, position, item, kind);
    if (seen.state === "done") {
      run.interruption = run.interruption === "abort" ? null : run.interruption;
      await record(run, stepDone(run, position, item, { output: seen.output, observed: true, evidence }));
      return "on";
    }
  }
  if (wanted !== null) {
    await record(run, stepFailed(run, position, item, { code: "CANCELLED", message: await wanted() }, evidence));
    if (run.interruption === "stop" && !isHeldUp(run)) throw new RunOver("the worker stops");
    if (run.interruption === "recovery") return "on";
    return fail(run, position, await wanted());
  }
  await record(run, stepFailed(run, position, item, itemError(end.error), evidence));
  const tired = tiredOf(run, position, item, kind);
  if (tired !== null) return fail(run, position, tired);
  await pause(run.world.clock, backOffMs(run.world.limits, latestRun(run.runs, position)?.attempt ?? 1));
  return "on";
}

async function giveUp(run: Run, position: number, item: PlanItem, kind: AnyStep, error: unknown, evidence: Evidence): Promise<Next> {
  const seen = itemError(error);
  await record(run, stepFailed(run, position, item, seen, evidence));
  return fail(run, position, `${title(kind)}: ${seen.message}`);
}

/** It may still act under our epoch. The record is made, the run ends; the next claim's epoch cuts it off before any undo. */
async function giveStuckUp(run: Run, position: number, item: PlanItem, kind: AnyStep, error: unknown, evidence: Evidence): Promise<Next> {
  if (run.interruption === "recovery") {
    await record(run, stepFailed(run, position, item, itemError(error), evidence));
    throw new RunOver(`${item.id} doesn't stop`);
  }
  await giveUp(run, position, item, kind, error, evidence);
  throw new RunOver(`${item.id} doesn't stop`);
}

/** Why this step must not be tried again, or null. */
function tiredOf(run: Run, position: number, item: PlanItem, kind: AnyStep): string | null {
  // What was tried before a person had it go on doesn't count: that is what going on means.
  const ended = run.runs.filter(
    (one) => one.position === position && one.epoch > run.deployment.resumedEpoch && ["failed", "undone", "started"].includes(one.state),
  );
  const interrupted = ended.filter((one) => one.state === "started" || one.error?.code === interruptedError.code).length;
  const failures = ended.filter(
    (one) => one.state === "failed" && one.error?.code !== interruptedError.code && one.error?.code !== "CANCELLED",
  );
  if (failures.length >= kind.limits.attempts) return `${title(kind)}: ${failures.at(-1)?.error?.message ?? "failed"}`;
  if (interrupted > run.world.limits.interruptionsMax) return `${title(kind)}: it was interrupted ${interrupted} times (${item.id}).`;
  return null;
}

/** Looks at a step with patience for what is retryable. @throws RunOver */
export async function observe(run: Run, position: number, item: PlanItem, kind: AnyStep): Promise<Observed<Json>> {
  const { clock, limits } = run.world;
  for (let attempt = 1; ; attempt += 1) {
    // A person's abort doesn't stop a read: what it finds decides how the abort ends.
    const control = new AbortController();
    run.control = control;
    const open = openContext(run, position, kind.needs, control.signal);
    const end = await bounded({ clock, timeoutMs: limits.observeMs, graceMs: limits.graceMs, what: `Observing ${item.id}`, control }, () =>
      kind.observe(open.cx, item.input),
    );
    open.close();
    if (isOver(run)) throw new RunOver("lease lost");
    if (end.kind === "value") return end.value as Observed<Json>;
    if (isWorldLost(end.error)) throw new RunOver(itemError(end.error).message);
    // What can't be seen is not known to be done: converging by apply, or going back, is right either way.
    if (end.kind === "stuck" || !isRetryable(end.error) || attempt >= 3) return { state: "partly", what: itemError(end.error).message };
    await pause(clock, backOffMs(limits, attempt));
  }
}

function interruptionReason(run: Run): (() => Promise<string>) | null {
  if (run.interruption === "abort") return () => abortReason(run);
  if (run.interruption === "stop") return async () => "The worker was stopped.";
  if (run.interruption === "recovery") return async () => "The deployment is being recovered.";
  return null;
}

function isHeldUp(run: Run): boolean {
  return isHolding(run) && !isReopened(run);
}
