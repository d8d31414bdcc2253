import { allItems } from "../domain/plan/plan.ts";
import { bounded } from "./bounded.ts";
import { backOffMs, pause } from "./engine-world.ts";
import { isWorldLost, itemError } from "./failure.ts";
import { openContext } from "./item-context.ts";
import { stepOf } from "./plan-check.ts";
import { record, RunOver } from "./record.ts";
import { latestRun, type Run } from "./run.ts";
import { notUndone, undoing, undone } from "./writes.ts";

/**
 * Undoes one step, trying again within bounds; what is irreversible stays and the record says why.
 * @returns null, or why it can't be undone
 */
export async function undoStep(run: Run, position: number): Promise<string | null> {
  const item = allItems(run.plan)[position];
  if (item === undefined) return null;
  const kind = stepOf(run.world, item);
  const { undo } = kind;
  if (typeof undo !== "function") {
    await record(run, notUndone(run, position, item, undo.reason));
    return null;
  }
  if (latestRun(run.runs, position)?.state !== "undoing" || run.goingBack) await record(run, undoing(run, position, item));
  const { clock, limits, failpoint } = run.world;
  for (let attempt = 1; ; attempt += 1) {
    // Nothing stops an undo but its own time and the loss of the tenant's lock: not a person's abort, not a mute ledger.
    const control = new AbortController();
    run.control = control;
    if (run.beats.superseded()) throw new RunOver("another worker has the deployment");
    const open = openContext(run, position, kind.needs, control.signal);
    const end = await bounded(
      { clock, timeoutMs: kind.limits.timeoutMs, graceMs: limits.graceMs, what: `Undoing ${item.id}`, control },
      async () => {
        await failpoint(`undo.${item.id}.before`);
        await undo(open.cx, item.input);
        await failpoint(`undo.${item.id}.after`);
      },
    );
    open.close();
    if (end.kind === "value") {
      await record(run, undone(run, position, item));
      return null;
    }
    if (run.beats.superseded()) throw new RunOver("another worker has the deployment");
    if (isWorldLost(end.error)) throw new RunOver(itemError(end.error).message);
    if (end.kind === "stuck") throw new RunOver(`the undo of ${item.id} doesn't stop`);
    run.world.log.warn({ deployment: run.deployment.id, step: item.id, attempt, error: itemError(end.error) }, "an undo failed");
    if (attempt >= limits.undoAttempts) return `${item.id} can't be undone: ${itemError(end.error).message}`;
    await pause(clock, backOffMs(limits, attempt));
  }
}
