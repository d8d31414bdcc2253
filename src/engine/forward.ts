import type { PlanItem } from "../domain/plan/plan.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { abortReason, refuseAbort } from "./abort.ts";
import { applyStep } from "./apply-step.ts";
import { evaluateGate } from "./evaluate-gate.ts";
import { itemError } from "./failure.ts";
import { fail, type Next } from "./give-up.ts";
import { beginWishedRecovery } from "./begin-recovery.ts";
import { openContext } from "./item-context.ts";
import { checkDigest, stepOf } from "./plan-check.ts";
import { record, RunOver } from "./record.ts";
import { currentPart, isHolding, isReopened, itemNow, newControl, wantsRecovery, type Run } from "./run.ts";
import { recovered, recoverySettled } from "./recovery-writes.ts";
import { reopened, settled } from "./writes.ts";

/** Does the next thing of a deployment that goes forward. */
export async function forward(run: Run): Promise<Next> {
  const { position } = run.deployment;
  const item = itemNow(run);
  const refusal = await refusalBefore(run, item);
  if (refusal !== null) return fail(run, position, refusal);
  if (wantsRecovery(run)) return beginWishedRecovery(run);
  if (item === undefined) {
    await record(run, currentPart(run) === "plan" ? settled(run) : recoverySettled(run));
    return "rest";
  }
  if (run.stopRequested && !mustFinish(run, item)) throw new RunOver("the worker stops");
  if (item.type === "gate") return evaluateGate(run, position, item);
  const parked = await parkedUntil(run, position, item);
  if (parked !== null) return parked;
  return applyStep(run, position, item);
}

/** A reason not to begin the next item, or null. */
async function refusalBefore(run: Run, item: PlanItem | undefined): Promise<string | null> {
  try {
    checkDigest(run);
  } catch (error) {
    if (error instanceof PlimsollError) return itemError(error).message;
    throw error;
  }
  // A recovery isn't aborted: what was refused as too late before it stays refused.
  if (run.deployment.abortRequested && currentPart(run) === "plan") {
    if (!isReopened(run)) return abortReason(run);
    await refuseAbort(run);
  }
  if (run.takenOver && isHolding(run) && !isReopened(run) && !finishesInHold(run, item)) {
    return "The worker was lost while users were held; going back ends their wait soonest.";
  }
  if (run.stopRequested && isHolding(run) && !isReopened(run) && !finishesInHold(run, item)) {
    return "The worker was stopped while users were held; going back ends their wait soonest.";
  }
  return null;
}

function finishesInHold(run: Run, item: PlanItem | undefined): boolean {
  return item?.type === "step" && stepOf(run.world, item).interruptedInHold === "finish";
}

/** A stopping worker leaves users waiting for nobody: from the swap on it goes through to reopening first. */
function mustFinish(run: Run, item: PlanItem): boolean {
  return isHolding(run) && !isReopened(run) && finishesInHold(run, item);
}

/** The item that waits for a moment: when it is reached, users are where the part that runs brings them. */
async function parkedUntil(run: Run, position: number, item: PlanItem): Promise<Next | null> {
  const kind = stepOf(run.world, item);
  if (kind.notBefore === undefined) return null;
  const open = openContext(run, position, kind.needs, newControl(run).signal);
  let at: string | null;
  try {
    at = kind.notBefore(open.cx, item.input as never);
  } catch (error) {
    return fail(run, position, `${kind.summary}: ${itemError(error).message}`);
  } finally {
    open.close();
  }
  if (at === null) return null;
  if (Date.parse(at) > Date.parse(run.world.clock.now())) {
    if (run.deployment.abortRequested && currentPart(run) === "plan") await refuseAbort(run);
    await record(run, currentPart(run) === "plan" ? reopened(run, at) : recovered(run, at));
    return "rest";
  }
  if (run.deployment.state === "running") await record(run, reopened(run, null));
  if (run.deployment.state === "recovering") await record(run, recovered(run, null));
  return null;
}
