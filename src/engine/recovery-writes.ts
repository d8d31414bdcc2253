import type { FencedTransaction } from "../app/ports/store.ts";
import type { EnvironmentHold } from "../domain/fleet/environment.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import type { Digest } from "../domain/shared/digest.ts";
import { actor, changeState, closeInterrupted, event } from "./ledger-entries.ts";
import type { Write } from "./ledger-write.ts";
import { boundsOf, latestRun, outputMember, type Run } from "./run.ts";

export interface RecoveryCause {
  readonly automatic: boolean;
  readonly reason: string;
  /** Who wanted it; null: nobody, a gate's verdict led to it. */
  readonly actor: string | null;
  readonly receipt: Digest | null;
}

/**
 * Users are to be taken back: from here the items of the recovery run.
 * @param first what led to it, written in the same commit
 */
export function recovering(run: Run, cause: RecoveryCause, first: Write | null): Write {
  return {
    what: "recovering",
    already: (truth) => truth.deployment.state === "recovering",
    async write(tx) {
      await first?.write(tx);
      await closeInterrupted(tx, run, "step");
      await closeInterrupted(tx, run, "gate");
      const { position } = run.deployment;
      await tx.moveTo("recovering", { position: boundsOf(run, "recovery").first, reason: cause.reason });
      await event(tx, run, "deployment.recovering", { ...cause, from: position });
      await changeState(tx, run, "running", cause.reason);
    },
  };
}

export function recoveryGoingBack(run: Run, position: number, reason: string): Write {
  return {
    what: "recovery-going-back",
    already: (truth) => truth.deployment.state === "recovery-going-back",
    async write(tx) {
      await closeInterrupted(tx, run, "gate");
      await tx.moveTo("recovery-going-back", { position, reason });
      await event(tx, run, "deployment.recovery-going-back", { position, reason });
    },
  };
}

/** The recovery is taken back: it stands where it stood before, and a person decides. */
export function recoveryUndone(run: Run): Write {
  return {
    what: "recovery-undone",
    already: (truth) => truth.deployment.state === "needs-person",
    async write(tx) {
      await closeInterrupted(tx, run, "step");
      const because = (await tx.deployment(run.deployment.id))?.reason ?? run.deployment.reason ?? "It gave no reason.";
      const reason = `The recovery failed and was taken back, so users are on the new release. ${because}`;
      const position = positionBefore(run);
      await tx.moveTo("needs-person", { position, reason });
      await event(tx, run, "deployment.recovery-undone", { position, reason: because });
      await event(tx, run, "deployment.needs-person", { position, reason });
      await changeState(tx, run, "needs-person", reason);
    },
  };
}

/** Where the plan's own items had come to: behind the last that is done. */
function positionBefore(run: Run): number {
  const { end } = boundsOf(run, "plan");
  let position = end - 1;
  while (position > 0 && latestRun(run.runs, position - 1)?.state !== "done") position -= 1;
  return position;
}

/** Users are on the old release again; `wakeAt` null: it goes on at once. */
export function recovered(run: Run, wakeAt: string | null): Write {
  const already = run.deployment.state === "recovered" || run.wasRecovered;
  return {
    what: wakeAt === null ? "recovered" : "recovered-parked",
    already: ({ deployment }) => deployment.state === "recovered" && (wakeAt === null || deployment.wakeAt === wakeAt),
    async write(tx) {
      await tx.moveTo("recovered", { reason: run.recoveryReason, wakeAt });
      if (already) await changeState(tx, run, "recovered", run.recoveryReason);
      else await onTheOldRelease(tx, run);
      if (wakeAt !== null) await tx.hint(run.deployment.id, run.deployment.host, wakeAt);
    },
  };
}

export function recoverySettled(run: Run): Write {
  const already = run.deployment.state === "recovered" || run.wasRecovered;
  return {
    what: "recovery-settled",
    already: (truth) => truth.deployment.state === "recovery-settled",
    async write(tx) {
      await tx.moveTo("recovery-settled", { reason: run.recoveryReason });
      if (already) await changeState(tx, run, "recovered", run.recoveryReason);
      else await onTheOldRelease(tx, run);
      await event(tx, run, "deployment.recovery-settled", {});
    },
  };
}

/** In the commit by which it counts as recovered: the environment is held, so that nothing takes it forward again by itself. */
async function onTheOldRelease(tx: FencedTransaction, run: Run): Promise<void> {
  const { id, environment } = run.deployment;
  const reason = run.recoveryReason ?? run.deployment.recoveryWish?.reason ?? "It was recovered.";
  const runs = await tx.itemRuns(id);
  const { first } = boundsOf(run, "recovery");
  const backgroundStopped = runs.some(
    (item) => item.position >= first && item.state === "done" && outputMember(item.output, "backgroundStopped") === true,
  );
  const hold: EnvironmentHold = { since: run.world.clock.now(), deployment: id, reason, backgroundStopped };
  await tx.holdEnvironment(environment, hold);
  await event(tx, run, "deployment.recovered", { release: run.plan.from?.digest ?? null, reason, backgroundStopped });
  await tx.append({
    actor,
    type: "environment.held",
    subjectKind: "environment",
    subject: environment,
    environment,
    deployment: id,
    data: hold as unknown as Json,
  });
  await changeState(tx, run, "recovered", reason);
}
