import type { Deployment, ItemRun } from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { backOffMs, pause } from "./engine-world.ts";
import type { Truth, Write } from "./ledger-write.ts";
import { isOver, type Run } from "./run.ts";

/** Thrown when this run may write no more, or can't: whoever claims next goes on from the ledger. */
export class RunOver extends Error {
  override readonly name = "RunOver";
}

/**
 * Commits. A broken connection is met with the question "is it there?" and another try, for as long as the lease is good.
 * While going back the write is kept instead and follows later: nothing stands between a fault and the unfencing (S10).
 *
 * @throws RunOver
 */
export async function record(run: Run, entry: Write): Promise<void> {
  if (run.goingBack) return recordGoingBack(run, entry);
  for (let attempt = 1; ; attempt += 1) {
    if (isOver(run)) throw new RunOver(`lease lost before ${entry.what}`);
    if (await commit(run, entry, attempt > 1)) break;
    await pause(run.world.clock, backOffMs(run.world.limits, attempt));
  }
  await refresh(run);
  // Not before the run has compared: a ledger that was set back must not lower the mark that tells on it.
  if (!run.ready) return;
  await run.world.journal?.noteReached(run.deployment, reachedBy(run)).catch((error: unknown) => {
    run.world.log.warn({ deployment: run.deployment.id, error: String(error) }, "the host's journal can't be written");
  });
}

const itemRank: Record<ItemRun["state"], number> = { started: 1, failed: 2, done: 2, undoing: 3, undone: 4 };
const stateRank: Record<Deployment["state"], number> = {
  queued: 0,
  running: 1,
  "going-back": 2,
  settling: 2,
  recovering: 3,
  "recovery-going-back": 4,
  recovered: 4,
  settled: 5,
  "old-intact": 5,
  "recovery-settled": 5,
  "needs-person": 5,
};

/** More than any record's items add up to. */
const resumedWeight = 1_000_000;

/**
 * A number that only grows while a record is added to. A person who had it go on from what the record says outweighs all
 * that was seen before.
 */
export function reachedBy({ deployment, runs }: Run): number {
  const items = runs.reduce((sum, item) => sum + itemRank[item.state], 0);
  return deployment.resumedEpoch * resumedWeight + stateRank[deployment.state] + items;
}

/** Reads what the ledger says now. @throws RunOver */
export async function refresh(run: Run): Promise<void> {
  const truth = await ask(run, () => readTruth(run));
  if (truth.deployment.epoch !== run.fence.epoch) throw new RunOver("another epoch has the deployment");
  run.deployment = truth.deployment;
  run.runs = truth.runs;
  run.approvedDigest = truth.approvedDigest;
}

/** Reads from the ledger, again and again while the lease is good. @throws RunOver, or what Plimsoll throws on purpose */
export async function ask<T>(run: Run, read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    if (isOver(run)) throw new RunOver("lease lost");
    try {
      return await read();
    } catch (error) {
      trouble(run, "read", error);
    }
    await pause(run.world.clock, backOffMs(run.world.limits, attempt));
  }
}

/** Writes what going back had to leave unwritten; keeps at it until it is written, or somebody else has the deployment. */
export async function flush(run: Run): Promise<void> {
  for (let attempt = 1; run.unwritten.length > 0; attempt += 1) {
    if (run.beats.superseded()) throw new RunOver("another worker has the deployment");
    if (await flushOnce(run)) return;
    await pause(run.world.clock, Math.min(backOffMs(run.world.limits, attempt), 2_000));
  }
}

async function recordGoingBack(run: Run, entry: Write): Promise<void> {
  if (run.beats.superseded()) throw new RunOver(`lease lost before ${entry.what}`);
  run.unwritten.push(entry);
  const patience = new AbortController();
  const late = pause(run.world.clock, run.world.limits.ledgerPatienceMs, patience.signal).then(() => false);
  const written = await Promise.race([flushOnce(run), late]);
  patience.abort();
  if (!written)
    run.world.log.warn(
      { deployment: run.deployment.id, what: entry.what },
      "the ledger can't be written; going back continues, the record follows",
    );
}

/** One at a time: a flush that outlived its caller's patience must not be overtaken by the next. */
const flushing = new WeakMap<Run, Promise<boolean>>();

async function flushOnce(run: Run): Promise<boolean> {
  const before = flushing.get(run) ?? Promise.resolve(true);
  const mine = before.catch(() => false).then(() => writeUnwritten(run));
  flushing.set(run, mine);
  return mine;
}

async function writeUnwritten(run: Run): Promise<boolean> {
  for (let entry = run.unwritten[0]; entry !== undefined; entry = run.unwritten[0]) {
    if (!(await commit(run, entry, true))) return false;
    run.unwritten.shift();
  }
  return true;
}

/** @returns false when it is not known to be written. @throws RunOver when the fence is gone */
async function commit(run: Run, entry: Write, askFirst: boolean): Promise<boolean> {
  const { ledger, failpoint } = run.world;
  try {
    if (askFirst) {
      const truth = await readTruth(run);
      if (truth.deployment.epoch === run.fence.epoch && entry.already(truth)) return true;
    }
    await failpoint(`record.${entry.what}.before`);
    await ledger.fenced(run.deployment.id, run.fence, entry.write);
    await failpoint(`record.${entry.what}.after`);
    return true;
  } catch (error) {
    trouble(run, entry.what, error);
    return false;
  }
}

async function readTruth(run: Run): Promise<Truth> {
  const { ledger } = run.world;
  const { id, change: changeId } = run.deployment;
  const [deployment, runs, change] = await Promise.all([ledger.deployment(id), ledger.itemRuns(id), ledger.change(changeId)]);
  if (deployment === null) throw new RunOver("the deployment is gone");
  return { deployment, runs, approvedDigest: change?.approvedDigest ?? null };
}

/** What Plimsoll throws on purpose is an answer; anything else means that the ledger could not be reached. */
function trouble(run: Run, what: string, error: unknown): null {
  if (error instanceof RunOver) throw error;
  if (error instanceof PlimsollError) {
    if (error.code === "LEASE_LOST") throw new RunOver(error.message);
    throw error;
  }
  run.world.log.warn({ deployment: run.deployment.id, what, error: String(error) }, "the ledger did not answer");
  return null;
}
