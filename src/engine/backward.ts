import { allItems } from "../domain/plan/plan.ts";
import { flush, record } from "./record.ts";
import { boundsOf, currentPart, isOpen, type Run } from "./run.ts";
import { undoStep } from "./undo-step.ts";
import { recoveryUndone } from "./recovery-writes.ts";
import { needsPerson, oldIntact } from "./writes.ts";

/**
 * The way back: every step of the part that was begun is undone, last first; the steps of the other part stay as they are. A
 * plan ends old and intact; a recovery that is taken back leaves users on the new release and needs a person. What can't be
 * undone stands still and says so. The record may lag behind (S10); this returns when it is complete.
 */
export async function backward(run: Run): Promise<void> {
  run.goingBack = true;
  const part = currentPart(run);
  const { first } = boundsOf(run, part);
  const last = run.deployment.position;
  const positions = allItems(run.plan)
    .map((item, position) => ({ item, position }))
    .filter(({ item, position }) => item.type === "step" && position >= first && position <= last && isOpen(run, position))
    .map(({ position }) => position)
    .reverse();
  for (const position of positions) {
    const trouble = await undoStep(run, position);
    if (trouble !== null) {
      await record(run, needsPerson(run, position, trouble));
      return complete(run);
    }
  }
  await record(run, part === "plan" ? oldIntact(run, null) : recoveryUndone(run));
  return complete(run);
}

async function complete(run: Run): Promise<void> {
  await flush(run);
  // Recorded: the note that stood in for the record has done its work. Left behind it would do no harm.
  await run.world.journal?.clear(run.deployment).catch(() => undefined);
}
