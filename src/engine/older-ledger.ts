import { observe } from "./apply-step.ts";
import { stepOf } from "./plan-check.ts";
import { ask, reachedBy, record } from "./record.ts";
import { isOpen, isReopened, outputMember, type Run } from "./run.ts";
import { goingBackFrom, needsPerson, noted, seenReopened } from "./writes.ts";

/** A store that was set back can't tell what of this deployment was done since: neither way is safe without a person. */
const ledgerBehind =
  "Plimsoll's ledger is older than the environment, as after a restored backup. What this deployment did since isn't recorded, so nothing more is done.";

const eventsMax = 10_000;

/**
 * Compares the record with what the world and this host remember, and reads what it says of the past.
 * @returns false when it is older than a deployment that was begun: that needs a person
 */
export async function compareWithWorld(run: Run): Promise<boolean> {
  const { deployment, fence } = run;
  const behind = run.behind && deployment.state !== "queued";
  if (behind || (await cameFurther(run))) {
    await record(run, needsPerson(run, deployment.position, ledgerBehind, "deployment.ledger-behind"));
    return false;
  }
  if (run.behind) await record(run, noted(run, "deployment.ledger-behind", { epoch: fence.epoch }));
  else if (deployment.state !== "queued") await readPast(run);
  return true;
}

/** Noticed when no other epoch had been given out since the backup: then only this host knows. */
async function cameFurther(run: Run): Promise<boolean> {
  return ((await run.world.journal?.reached(run.deployment)) ?? 0) > reachedBy(run);
}

async function readPast(run: Run): Promise<void> {
  const events = await ask(run, () => run.world.ledger.events({ deployment: run.deployment.id, limit: eventsMax }));
  run.behind = events.some(({ type }) => type === "deployment.ledger-behind");
  run.wasNewAndVerified = events.some(({ type }) => type === "deployment.new-and-verified");
}

/**
 * A person had a deployment go on whose record leaves open whether users are on the new release: because it is older than the
 * world, or because the step that lets them in was begun and couldn't be undone. The world says which way. When they are, that
 * is put on record and it goes forward; when not, everything that may have been done is taken back.
 */
export async function findDirection(run: Run): Promise<void> {
  const { state, resumedEpoch } = run.deployment;
  if (resumedEpoch === 0 || isReopened(run)) return;
  const older = run.behind && state === "running";
  const position = reopeningPosition(run);
  const item = run.plan.items[position];
  if (item !== undefined && (older || isOpen(run, position))) {
    const seen = await observe(run, position, item, stepOf(run.world, item));
    // Not knowing is no ground for either way: users may be writing to the new release.
    if (seen.state === "partly") {
      return record(run, needsPerson(run, run.deployment.position, `Whether users are on the new release can't be seen: ${seen.what}`));
    }
    if (seen.state === "done" && outputMember(seen.output, "hold") === "ended") {
      return record(run, seenReopened(run, position, item, seen.output));
    }
  }
  if (!older) return;
  const last = item === undefined ? run.plan.items.length - 1 : position;
  await record(run, goingBackFrom(run, last, "Plimsoll's ledger was older than the environment, and users weren't on the new release."));
}

/** The step that lets users in ends what is finished in the hold; -1 in a plan that holds nobody. */
function reopeningPosition(run: Run): number {
  return run.plan.items.findLastIndex((item) => item.type === "step" && run.world.steps.get(item.id)?.interruptedInHold === "finish");
}
