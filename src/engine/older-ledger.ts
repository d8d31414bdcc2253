import { allItems } from "../domain/plan/plan.ts";
import type { PlanPart } from "../domain/rollout/recovery.ts";
import { observe } from "./apply-step.ts";
import { goingBackFrom, seenReopened } from "./direction-writes.ts";
import { stepOf } from "./plan-check.ts";
import { ask, reachedBy, record } from "./record.ts";
import { boundsOf, currentPart, isOpen, isReopened, outputMember, type Run } from "./run.ts";
import { needsPerson, noted } from "./writes.ts";

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
  run.wasRecovered = events.some(({ type }) => type === "deployment.recovered");
  const cause = events.findLast(({ type }) => type === "deployment.recovering")?.data as { readonly reason?: string } | undefined;
  run.recoveryReason = cause?.reason ?? null;
}

/**
 * A person had a deployment go on whose record leaves open where users are: because it is older than the world, or because the
 * step that lets them in was begun and couldn't be undone. The world says which way. When they were let in, that is put on
 * record and it goes forward; when not, everything of this part that may have been done is taken back.
 */
export async function findDirection(run: Run): Promise<void> {
  const { state, resumedEpoch } = run.deployment;
  if (resumedEpoch === 0) return;
  const part = currentPart(run);
  if (isReopened(run)) return part === "plan" && run.behind ? findUnrecordedRecovery(run) : undefined;
  const older = run.behind && (state === "running" || state === "recovering");
  const position = reopeningPosition(run, part);
  const item = allItems(run.plan)[position];
  if (item !== undefined && (older || isOpen(run, position))) {
    const seen = await observe(run, position, item, stepOf(run.world, item));
    // Not knowing is no ground for either way: users may be writing to what they were let in to.
    if (seen.state === "partly") {
      return record(run, needsPerson(run, run.deployment.position, `Which release users are on can't be seen: ${seen.what}`));
    }
    if (seen.state === "done" && outputMember(seen.output, "hold") === "ended") {
      return record(run, seenReopened(run, position, item, seen.output));
    }
  }
  if (!older) return;
  const last = item === undefined ? boundsOf(run, part).end - 1 : position;
  await record(run, goingBackFrom(run, last, `Plimsoll's ledger was older than the environment, and ${notLetIn[part]}.`));
}

const notLetIn = { plan: "users weren't on the new release", recovery: "users weren't back on the old release" } as const;

/** The record says that users are on the new release, and is older than the world: they may have been taken back since. */
async function findUnrecordedRecovery(run: Run): Promise<void> {
  const position = reopeningPosition(run, "recovery");
  const item = allItems(run.plan)[position];
  if (item === undefined) return;
  const seen = await observe(run, position, item, stepOf(run.world, item));
  if (seen.state !== "done" || outputMember(seen.output, "hold") !== "ended") return findInterruptedRecovery(run);
  run.recoveryReason = "Plimsoll's ledger was older than the environment, which was recovered since.";
  await record(run, seenReopened(run, position, item, seen.output));
}

/** Neither back on the old release nor let in on the new one: a recovery was under way. What it did isn't known, so a person looks. */
async function findInterruptedRecovery(run: Run): Promise<void> {
  const position = reopeningPosition(run, "plan");
  const item = allItems(run.plan)[position];
  if (item === undefined) return;
  const seen = await observe(run, position, item, stepOf(run.world, item));
  if (seen.state !== "partly") return;
  await record(run, needsPerson(run, run.deployment.position, `Which release users are on can't be seen: ${seen.what}`));
}

/** The step that lets users in ends what is finished in the hold; -1 in a part that holds nobody. */
function reopeningPosition(run: Run, part: PlanPart): number {
  const { first, end } = boundsOf(run, part);
  return allItems(run.plan).findLastIndex(
    (item, at) => at >= first && at < end && item.type === "step" && run.world.steps.get(item.id)?.interruptedInHold === "finish",
  );
}
