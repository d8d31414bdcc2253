import { flush, record } from "./record.ts";
import { isOpen, type Run } from "./run.ts";
import { undoStep } from "./undo-step.ts";
import { needsPerson, oldIntact } from "./writes.ts";

/**
 * The way back: every step that was begun is undone, last first. Ends old and intact, or stands still at the step that
 * can't be undone and says so. The record may lag behind (S10); this returns when it is complete.
 */
export async function backward(run: Run): Promise<void> {
  run.goingBack = true;
  const positions = run.plan.items
    .map((item, position) => ({ item, position }))
    .filter(({ item, position }) => item.type === "step" && position <= run.deployment.position && isOpen(run, position))
    .map(({ position }) => position)
    .reverse();
  for (const position of positions) {
    const trouble = await undoStep(run, position);
    if (trouble !== null) {
      await record(run, needsPerson(run, position, trouble));
      return complete(run);
    }
  }
  await record(run, oldIntact(run, null));
  return complete(run);
}

async function complete(run: Run): Promise<void> {
  await flush(run);
  // Recorded: the note that stood in for the record has done its work. Left behind it would do no harm.
  await run.world.journal?.clear(run.deployment).catch(() => undefined);
}
