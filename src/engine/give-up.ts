import { record } from "./record.ts";
import { isReopened, type Run } from "./run.ts";
import { goingBack, needsPerson } from "./writes.ts";

/** `on`: look again; `rest`: nothing more for this run. */
export type Next = "on" | "rest";

/**
 * Gives the plan up at a position. Before reopening that means going back; after it nothing goes back by itself, because
 * users have written since.
 */
export async function fail(run: Run, position: number, reason: string): Promise<Next> {
  if (isReopened(run)) {
    await record(run, needsPerson(run, position, reason));
    return "rest";
  }
  await record(run, goingBack(run, position, reason));
  return "on";
}
