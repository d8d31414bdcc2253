import { allItems, type PlanItem } from "../domain/plan/plan.ts";
import { fail, type Next } from "./give-up.ts";
import { stepOf } from "./plan-check.ts";
import { record, RunOver } from "./record.ts";
import { boundsOf, isOpen, isOver, latestRun, partAt, type Run } from "./run.ts";
import { undoStep } from "./undo-step.ts";
import { isTakenBack, restartBegun, restarted } from "./writes.ts";

/**
 * A killed attempt that can't be converged (S8): everything from it down to its checkpoint is undone, last first, and the
 * plan goes on from the checkpoint.
 */
export async function restart(run: Run, position: number, item: PlanItem): Promise<Next> {
  const checkpoint = checkpointOf(run, position);
  if (checkpoint === null) return fail(run, position, `${item.id} was interrupted, and the plan has no checkpoint before it.`);
  const open = stepsBetween(run, checkpoint, position).filter((at) => isOpen(run, at));
  if (!isRestarting(run, position)) await record(run, restartBegun(run, open, checkpoint, item));
  for (const at of open) {
    const trouble = await undoStep(run, at);
    if (isOver(run)) throw new RunOver("lease lost");
    if (trouble !== null) return fail(run, position, trouble);
  }
  await record(run, restarted(run, position, checkpoint, item));
  return "on";
}

/** Known by its first commit: while a plan goes forward only a restart takes back its own checkpoint. */
export function isRestarting(run: Run, position: number): boolean {
  const checkpoint = checkpointOf(run, position);
  return checkpoint !== null && isTakenBack(latestRun(run.runs, position)) && isTakenBack(latestRun(run.runs, checkpoint));
}

function checkpointOf(run: Run, position: number): number | null {
  const items = allItems(run.plan);
  const item = items[position];
  if (item?.type !== "step") return null;
  const { restartFrom } = stepOf(run.world, item);
  if (restartFrom === undefined) return null;
  const froms = typeof restartFrom === "string" ? [restartFrom] : restartFrom;
  const { first } = boundsOf(run, partAt(run, position));
  const at = items.findLastIndex((one, index) => index >= first && index < position && one.type === "step" && froms.includes(one.id));
  return at === -1 ? null : at;
}

/** Last first. */
function stepsBetween(run: Run, first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => last - index).filter((at) => allItems(run.plan)[at]?.type === "step");
}
