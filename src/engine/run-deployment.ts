import type { EnvironmentRecord } from "../app/ports/store.ts";
import { allItems, type Plan } from "../domain/plan/plan.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { abortReason } from "./abort.ts";
import { observe } from "./apply-step.ts";
import { backward } from "./backward.ts";
import { pause, type EngineWorld } from "./engine-world.ts";
import { isWorldLost, itemError } from "./failure.ts";
import { forward } from "./forward.ts";
import { compareWithWorld, findDirection } from "./older-ledger.ts";
import { checkDigest, checkSupported, stepOf } from "./plan-check.ts";
import { ask, record, refresh, RunOver } from "./record.ts";
import {
  currentPart,
  interrupt,
  isHolding,
  isReopened,
  itemNow,
  latestRun,
  outputMember,
  wantsRecovery,
  watchLease,
  type Run,
} from "./run.ts";
import { recoveryGoingBack } from "./recovery-writes.ts";
import { goingBack, needsPerson, oldIntact, started, waiting } from "./writes.ts";
import type { Provided } from "./worker-options.ts";

/** A run from outside: what the worker can tell it. */
export interface RunHandle {
  /** The ledger's row was read again: an abort may have been wished for. */
  seen(deployment: Deployment): void;
  stop(): void;
  readonly done: Promise<void>;
}

/**
 * Claims a deployment and works on it until it rests, is lost, or the worker stops. Never rejects: whatever happens is in
 * the ledger, or whoever claims next finds it.
 */
export function runDeployment(world: EngineWorld, seen: Deployment): RunHandle {
  let run: Run | null = null;
  let stopped = false;
  const done = (async () => {
    try {
      const claimed = await claim(world, seen);
      if (claimed === null) return;
      run = claimed.run;
      run.stopRequested = stopped;
      await work(run, claimed.provided);
    } catch (error) {
      // Before the claim everything is a question to the ledger, and one that isn't answered is asked again by the next sweep.
      if (run === null) world.log.warn({ deployment: seen.id, error: String(error) }, "could not claim");
      else world.log.error({ deployment: seen.id, error: String(error), stack: (error as Error).stack }, "a run ended unexpectedly");
    }
  })();
  return {
    done,
    seen(deployment) {
      if (run === null || run.goingBack || deployment.epoch !== run.fence.epoch || currentPart(run) === "recovery") return;
      if (wantsRecovery(run, deployment)) interrupt(run, "recovery");
      else if (deployment.abortRequested && !isReopened(run)) interrupt(run, "abort");
    },
    stop() {
      stopped = true;
      if (run === null) return;
      run.stopRequested = true;
      if (!run.goingBack && !finishing(run)) interrupt(run, "stop");
    },
  };
}

function finishing(run: Run): boolean {
  const item = itemNow(run);
  // A gate only reads, and one that watches a new release takes minutes: whoever comes next asks it again.
  if (isReopened(run)) return item?.type === "step";
  return item?.type === "step" && isHolding(run) && run.world.steps.get(item.id)?.interruptedInHold === "finish";
}

async function claim(world: EngineWorld, seen: Deployment): Promise<{ readonly run: Run; readonly provided: Provided } | null> {
  const floor = await epochFloor(world, seen, await environmentOf(world, seen));
  // Read after the floor: every epoch that the world can have shown by then is in a ledger that was never set back.
  const environment = await environmentOf(world, seen);
  const deployment = await world.ledger.claim(
    seen.id,
    world.owner,
    { epoch: seen.epoch, beat: seen.beat, owner: seen.leaseOwner },
    floor.epoch,
  );
  if (deployment === null) return null;
  const fence = { owner: world.owner, epoch: deployment.epoch };
  const beats = world.heart.keep(deployment.id, fence);
  const provided = world.provide(deployment, environment);
  const run: Run = {
    world,
    fence,
    beats,
    environment,
    capabilities: provided.capabilities,
    plan: emptyPlan,
    deployment,
    runs: [],
    takenOver: false,
    behind: floor.error === null && floor.epoch > environment.epoch,
    wasNewAndVerified: false,
    wasRecovered: false,
    recoveryReason: null,
    goingBack: false,
    interruption: null,
    control: null,
    unwritten: [],
    stopRequested: false,
    abortRefusalRecorded: false,
    approvedDigest: null,
    stuck: false,
    ready: false,
  };
  world.log.info({ deployment: deployment.id, epoch: deployment.epoch, state: deployment.state, position: deployment.position }, "claimed");
  if (floor.error === null) return { run, provided };
  try {
    await unreachable(run, floor.error);
  } finally {
    await leave(run, provided);
  }
  return null;
}

async function environmentOf(world: EngineWorld, deployment: Deployment): Promise<EnvironmentRecord> {
  const environment = await world.ledger.environment(deployment.environment);
  if (environment === null)
    throw new PlimsollError("STATE_UNEXPECTED", `Deployment ${deployment.id} is for an environment that isn't there.`);
  return environment;
}

/** Only ever replaced before it is looked at. */
const emptyPlan = { items: [], recovery: {} } as unknown as Plan;

/**
 * The world's highest epoch. When it can't be asked the claim is made without it, because without a claim not even "I wait
 * for the tenant's cluster" could be written; nothing is done under such a claim.
 */
async function epochFloor(
  world: EngineWorld,
  seen: Deployment,
  environment: EnvironmentRecord,
): Promise<{ readonly epoch: number; readonly error: unknown }> {
  const provided = world.provide(seen, environment);
  try {
    return { epoch: await provided.epochFloor(), error: null };
  } catch (error) {
    return { epoch: 0, error: error ?? new Error("unknown") };
  } finally {
    await provided.dispose().catch(() => undefined);
  }
}

async function work(run: Run, provided: Provided): Promise<void> {
  const over = new AbortController();
  const watch = watchLease(run, over.signal);
  try {
    await interpret(run, provided);
  } catch (error) {
    if (error instanceof RunOver) await afterRunOver(run, error);
    else await afterDefect(run, error);
  } finally {
    over.abort();
    await watch;
    await leave(run, provided);
    run.world.log.info(
      { deployment: run.deployment.id, epoch: run.fence.epoch, state: run.deployment.state, position: run.deployment.position },
      "run ended",
    );
  }
}

async function interpret(run: Run, provided: Provided): Promise<void> {
  await refresh(run);
  if (!(await loadPlan(run))) return;
  if (!(await takeOver(run, provided))) return;
  run.ready = true;
  for (;;) {
    switch (run.deployment.state) {
      case "queued":
        if (!(await begin(run))) return;
        break;
      case "running":
      case "settling":
      case "recovering":
      case "recovered":
        if ((await forward(run)) === "rest") return;
        break;
      case "going-back":
      case "recovery-going-back":
        return backward(run);
      default:
        return;
    }
  }
}

async function begin(run: Run): Promise<boolean> {
  if (run.deployment.abortRequested) {
    await record(run, oldIntact(run, await abortReason(run)));
    return false;
  }
  try {
    checkDigest(run);
    checkSupported(run.world, run.plan);
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    await record(run, oldIntact(run, itemError(error).message));
    return false;
  }
  await record(run, started(run));
  return true;
}

/** @returns false when there is no plan to trust: the deployment ends where nothing was begun, and needs a person otherwise */
async function loadPlan(run: Run): Promise<boolean> {
  let reason = "Its plan isn't in the ledger.";
  try {
    const plan = await ask(run, () => run.world.ledger.plan(run.deployment.planDigest));
    if (plan !== null) {
      run.plan = plan;
      return true;
    }
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    reason = itemError(error).message;
  }
  if (run.deployment.state === "queued") await record(run, oldIntact(run, reason));
  else if (run.runs.length === 0 && run.deployment.state === "running" && run.deployment.resumedEpoch === 0) {
    await record(run, goingBack(run, 0, reason));
    await record(run, oldIntact(run, reason));
  } else await record(run, needsPerson(run, run.deployment.position, reason));
  return false;
}

/**
 * After an earlier epoch: its session in the tenant's cluster and its processes on this host are ended before anything
 * else is looked at, so that what is observed stays true.
 */
async function takeOver(run: Run, provided: Provided): Promise<boolean> {
  if (!(await compareWithWorld(run))) return false;
  if (run.runs.length === 0 && !run.behind) return true;
  run.takenOver = true;
  const needed = new Set(
    allItems(run.plan).flatMap((item) => run.world.steps.get(item.id)?.needs ?? run.world.gates.get(item.id)?.needs ?? []),
  );
  try {
    if (needed.has("tenant-database")) await provided.capabilities["tenant-database"].claim();
    if (needed.has("runtime")) await provided.capabilities.runtime.endStrays(run.fence.epoch);
  } catch (error) {
    if (isWorldLost(error)) throw new RunOver(itemError(error).message);
    await waitFor(run, `The tenant's side can't be taken over yet: ${itemError(error).message}`);
    return false;
  }
  await heedJournal(run);
  await findDirection(run);
  return true;
}

/** Undos that the ledger knows nothing of were begun: the only way is on back. */
async function heedJournal(run: Run): Promise<void> {
  const reason = (await run.world.journal?.goingBack(run.deployment)) ?? null;
  if (reason === null || isReopened(run)) return;
  if (run.deployment.state === "running") await record(run, goingBack(run, run.deployment.position, reason));
  if (run.deployment.state === "recovering") await record(run, recoveryGoingBack(run, run.deployment.position, reason));
}

/**
 * The run lost its right to write, or its session. When users wait and the ledger is merely mute, the way back is taken
 * without it: the tenant's lock is the fence, and whoever took over would have ended our session (S10).
 */
async function afterRunOver(run: Run, why: RunOver): Promise<void> {
  const { log, journal } = run.world;
  log.warn({ deployment: run.deployment.id, epoch: run.fence.epoch, why: why.message, interruption: run.interruption }, "run over");
  const mute = run.interruption === "stale" && !run.beats.superseded();
  if (journal === null || !mute || !run.ready || run.stuck || run.goingBack) return;
  if (!isHolding(run) || isReopened(run)) return;
  if (run.deployment.state !== "running" && run.deployment.state !== "recovering") return;
  run.goingBack = true;
  try {
    if (await hasReopenedUnrecorded(run)) return;
    const reason = "Plimsoll's ledger could not be written while users were held.";
    await journal.noteGoingBack(run.deployment, reason);
    const back = currentPart(run) === "plan" ? goingBack : recoveryGoingBack;
    await record(run, back(run, run.deployment.position, reason));
    await backward(run);
  } catch (error) {
    if (!(error instanceof RunOver)) throw error;
    log.warn({ deployment: run.deployment.id, why: error.message }, "another worker finishes going back");
  }
}

/** The step that lets users in may have succeeded although its record failed; from then on nothing goes back by itself. */
async function hasReopenedUnrecorded(run: Run): Promise<boolean> {
  const { position } = run.deployment;
  const item = itemNow(run);
  if (item?.type !== "step" || latestRun(run.runs, position) === undefined) return false;
  const seen = await observe(run, position, item, stepOf(run.world, item));
  return seen.state === "done" && outputMember(seen.output, "hold") === "ended";
}

/** A defect of ours, or an answer of the ledger that nobody foresaw. What was begun stays for the next claim to observe. */
async function afterDefect(run: Run, error: unknown): Promise<void> {
  run.world.log.error({ deployment: run.deployment.id, error: String(error), stack: (error as Error).stack }, "a run failed unexpectedly");
  await waitFor(run, `Plimsoll failed unexpectedly and tries again: ${itemError(error).message}`);
}

/** Claimed without knowing the world's highest epoch: nothing may be done but end what has not begun, or wait. */
async function unreachable(run: Run, error: unknown): Promise<void> {
  try {
    await refresh(run);
    if (run.deployment.state === "queued" && run.deployment.abortRequested)
      return await record(run, oldIntact(run, await abortReason(run)));
  } catch (over) {
    if (over instanceof RunOver) return;
    throw over;
  }
  await waitFor(run, `The tenant's side can't be reached: ${itemError(error).message}`);
}

/** Sets the moment to look again, and the reason where people see it. */
async function waitFor(run: Run, reason: string): Promise<void> {
  const { clock, limits } = run.world;
  const wakeAt = new Date(Date.parse(clock.now()) + Math.min(limits.backOffMsMax, 5_000)).toISOString();
  try {
    await record(run, waiting(run, wakeAt, reason));
  } catch (error) {
    if (!(error instanceof RunOver)) throw error;
  }
}

/** The next claim may be made at once; a ledger that can't hear it lets the lease run out instead. */
async function leave(run: Run, provided: Provided): Promise<void> {
  run.beats.stop();
  await provided.dispose().catch(() => undefined);
  await bestEffort(run, () => run.world.ledger.giveUp(run.deployment.id, run.fence));
}

async function bestEffort(run: Run, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work().catch(() => undefined), pause(run.world.clock, run.world.limits.ledgerPatienceMs, over.signal)]);
  over.abort();
}
