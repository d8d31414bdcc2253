import { record } from "./record.ts";
import { currentPart, isReopened, type Run } from "./run.ts";
import { recoveryGoingBack } from "./recovery-writes.ts";
import { goingBack, needsPerson } from "./writes.ts";

/** `on`: look again; `rest`: nothing more for this run. */
export type Next = "on" | "rest";

/**
 * Gives the plan, or its recovery, up at a position. Before its reopening that means going back; after it nothing goes back
 * by itself, because users have written since.
 */
export async function fail(run: Run, position: number, reason: string): Promise<Next> {
  if (isReopened(run)) {
    await record(run, needsPerson(run, position, reason));
    return "rest";
  }
  await record(run, currentPart(run) === "plan" ? goingBack(run, position, reason) : recoveryGoingBack(run, position, reason));
  return "on";
}
