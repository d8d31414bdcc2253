import type { FencedTransaction, ServingRecord } from "../app/ports/store.ts";
import type { PlanItem } from "../domain/plan/plan.ts";
import type { DeploymentState, ItemRun } from "../domain/rollout/deployment.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import type { Write } from "./ledger-write.ts";
import { changeState, closeInterrupted, event, interruptedError, type ItemError } from "./ledger-entries.ts";
import { boundsOf, currentPart, latestRun, outputMember, partAt, type Run } from "./run.ts";

export type Evidence = NonNullable<ItemRun["evidence"]>;

/** The deployment begins: the change runs. */
export function started(run: Run): Write {
  return {
    what: "deployment-started",
    already: (truth) => truth.deployment.state !== "queued",
    async write(tx) {
      await tx.moveTo("running", { reason: null });
      await event(tx, run, "deployment.started", { epoch: run.fence.epoch, digest: run.deployment.planDigest });
      await changeState(tx, run, "running", null);
    },
  };
}

/** An attempt begins. One that an earlier epoch left open is closed as interrupted in the same commit. */
export function itemStarted(run: Run, position: number, item: PlanItem): Write {
  const before = latestRun(run.runs, position);
  const attempt = (before?.attempt ?? 0) + 1;
  return {
    what: `${item.type}-started.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.attempt === attempt,
    async write(tx) {
      if (before?.state === "started") await tx.endItem(position, { state: "failed", error: interruptedError });
      await tx.startItem({ position, item: item.id, type: item.type });
      await event(tx, run, `${item.type}.started`, { position, item: item.id, attempt, sentence: item.sentence });
    },
  };
}

/** A step is done, seen to be done, or both; what its output says about traffic and release becomes true in the same commit. */
export function stepDone(
  run: Run,
  position: number,
  item: PlanItem,
  end: { readonly output: Json; readonly observed: boolean; readonly evidence: Evidence },
  state: DeploymentState = run.deployment.state,
): Write {
  const exists = latestRun(run.runs, position)?.state === "started";
  return {
    what: `step-done.${item.id}`,
    already: (truth) => truth.deployment.position > position && latestRun(truth.runs, position)?.state === "done",
    async write(tx) {
      if (!exists) await tx.startItem({ position, item: item.id, type: item.type });
      const output = await applyOutput(tx, run, position, end.output);
      await tx.endItem(position, { state: "done", output, ...some(end.evidence) });
      await tx.moveTo(state, { position: position + 1, reason: reasonOnward(run), ...observedClass(end.output, end.evidence) });
      await event(tx, run, "step.done", { position, item: item.id, observed: end.observed, evidence: Object.keys(end.evidence) });
    },
  };
}

export function stepFailed(run: Run, position: number, item: PlanItem, error: ItemError, evidence: Evidence): Write {
  return {
    what: `step-failed.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.state === "failed",
    async write(tx) {
      await tx.endItem(position, { state: "failed", error, ...some(evidence) });
      await event(tx, run, "step.failed", { position, item: item.id, error, evidence: Object.keys(evidence) });
    },
  };
}

export function gatePassed(run: Run, position: number, item: PlanItem, verdict: Verdict, evidence: Evidence): Write {
  return {
    what: `gate-passed.${item.id}`,
    already: (truth) => truth.deployment.position > position && latestRun(truth.runs, position)?.state === "done",
    async write(tx) {
      await tx.endItem(position, { state: "done", verdict, ...some(evidence) });
      await tx.moveTo(run.deployment.state, { position: position + 1, reason: reasonOnward(run), ...observedClass(null, evidence) });
      await event(tx, run, "gate.passed", {
        position,
        item: item.id,
        verdict: verdict.kind,
        reason: verdict.reason,
        rows: verdict.rows.length,
      });
    },
  };
}

export function gateFailed(run: Run, position: number, item: PlanItem, verdict: Verdict, evidence: Evidence): Write {
  return {
    what: `gate-failed.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.state === "failed",
    async write(tx) {
      await tx.endItem(position, { state: "failed", verdict, ...some(evidence) });
      const unmet = verdict.rows.filter((row) => row.outcome !== "passed").map((row) => row.id);
      if (Object.keys(observedClass(null, evidence)).length > 0) await tx.moveTo(run.deployment.state, observedClass(null, evidence));
      await event(tx, run, "gate.failed", {
        position,
        item: item.id,
        verdict: verdict.kind,
        reason: verdict.reason,
        rows: verdict.rows.length,
        unmet,
      });
    },
  };
}

export function goingBack(run: Run, position: number, reason: string): Write {
  return {
    what: "going-back",
    already: (truth) => truth.deployment.state === "going-back",
    async write(tx) {
      await closeInterrupted(tx, run, "gate");
      await tx.moveTo("going-back", { position, reason });
      await event(tx, run, "deployment.going-back", { position, reason });
    },
  };
}

export function undoing(run: Run, position: number, item: PlanItem): Write {
  return {
    what: `step-undoing.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.state === "undoing",
    async write(tx) {
      await tx.endItem(position, { state: "undoing" });
      if (run.goingBack) await tx.moveTo(backStateOf(run, position), { position });
      await event(tx, run, "step.undoing", { position, item: item.id });
    },
  };
}

export function undone(run: Run, position: number, item: PlanItem): Write {
  const output = latestRun(run.runs, position)?.output ?? null;
  return {
    what: `step-undone.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.state === "undone",
    async write(tx) {
      await tx.endItem(position, { state: "undone" });
      if (partAt(run, position) === "plan" && outputMember(output, "hold") === "started") await tx.holdEnded();
      const before = outputMember(output, "servingBefore");
      if (before !== undefined) await tx.setServing(run.deployment.environment, withLag(before as Partial<ServingRecord>));
      await event(tx, run, "step.undone", { position, item: item.id });
    },
  };
}

/** What can't be taken back stays, and the record says why. */
export function notUndone(run: Run, position: number, item: PlanItem, reason: string): Write {
  return {
    what: `step-not-undone.${item.id}`,
    already: (truth) => truth.deployment.state === backStateOf(run, position) && truth.deployment.position < position,
    async write(tx) {
      const { first } = boundsOf(run, partAt(run, position));
      await tx.moveTo(backStateOf(run, position), { position: Math.max(first, position - 1) });
      await event(tx, run, "step.not-undone", { position, item: item.id, reason });
    },
  };
}

/** A restart begins: everything from the checkpoint on is marked in one commit, so that whoever comes next knows it by that. */
export function restartBegun(run: Run, positions: readonly number[], checkpoint: number, item: PlanItem): Write {
  return {
    what: `restart-begun.${item.id}`,
    already: (truth) => isTakenBack(latestRun(truth.runs, checkpoint)),
    async write(tx) {
      for (const position of positions) await tx.endItem(position, { state: "undoing" });
      await event(tx, run, "deployment.restart-begun", { from: run.deployment.position, position: checkpoint, item: item.id });
    },
  };
}

export function isTakenBack(item: ItemRun | undefined): boolean {
  return item?.state === "undoing" || item?.state === "undone";
}

/** The undos of a restart have run: the plan goes on from its checkpoint. */
export function restarted(run: Run, position: number, checkpoint: number, item: PlanItem): Write {
  return {
    what: `restarted.${item.id}`,
    already: (truth) => truth.deployment.position === checkpoint,
    async write(tx) {
      await tx.moveTo(run.deployment.state, { position: checkpoint });
      await event(tx, run, "deployment.restarted", { from: position, position: checkpoint, item: item.id });
    },
  };
}

/** Users are on the new release; `wakeAt` null: it goes on at once. */
export function reopened(run: Run, wakeAt: string | null): Write {
  const already = run.deployment.state === "settling";
  return {
    what: wakeAt === null ? "reopened" : "parked",
    already: ({ deployment }) =>
      deployment.state === "settling" && (wakeAt === null || deployment.wakeAt === wakeAt || deployment.recoveryWish !== null),
    async write(tx) {
      // A person who wanted it back a moment ago must not wait for the end of the hold horizon.
      const wished = (await tx.deployment(run.deployment.id))?.recoveryWish !== null;
      await tx.moveTo("settling", { reason: null, wakeAt: wished ? null : wakeAt });
      if (!already) await newAndVerified(tx, run);
      if (wakeAt !== null && !wished) await tx.hint(run.deployment.id, run.deployment.host, wakeAt);
    },
  };
}

export function settled(run: Run): Write {
  const already = run.deployment.state === "settling";
  return {
    what: "settled",
    already: (truth) => truth.deployment.state === "settled",
    async write(tx) {
      await tx.moveTo("settled", { reason: null });
      if (!already) await newAndVerified(tx, run);
      await event(tx, run, "deployment.settled", {});
    },
  };
}

export function oldIntact(run: Run, reason: string | null): Write {
  return {
    what: "old-intact",
    already: (truth) => truth.deployment.state === "old-intact",
    async write(tx) {
      await closeInterrupted(tx, run, "step");
      await tx.moveTo("old-intact", reason === null ? {} : { reason });
      await event(tx, run, "deployment.old-and-intact", { reason: reason ?? run.deployment.reason });
      await changeState(tx, run, "undone", reason ?? run.deployment.reason);
    },
  };
}

/** @param because event that says of what kind the trouble is, where more than the reason follows from it */
export function needsPerson(run: Run, position: number, reason: string, because: string | null = null): Write {
  return {
    what: "needs-person",
    already: (truth) => truth.deployment.state === "needs-person",
    async write(tx) {
      await closeInterrupted(tx, run, "step");
      await closeInterrupted(tx, run, "gate");
      await tx.moveTo("needs-person", { position: standingPosition(run, position), reason });
      if (because !== null) await event(tx, run, because, { epoch: run.fence.epoch });
      await event(tx, run, "deployment.needs-person", { position, reason });
      await changeState(tx, run, "needs-person", reason);
    },
  };
}

/** Waits with the lease given back; the state stays, the reason says what for. */
export function waiting(run: Run, wakeAt: string, reason: string): Write {
  return {
    what: "waiting",
    already: (truth) => truth.deployment.wakeAt === wakeAt,
    write: async (tx) => {
      await tx.moveTo(run.deployment.state, { wakeAt, reason });
    },
  };
}

export function noted(run: Run, type: string, data: Json): Write {
  let written = false;
  return {
    what: type,
    already: () => written,
    async write(tx) {
      await event(tx, run, type, data);
      written = true;
    },
  };
}

async function newAndVerified(tx: FencedTransaction, run: Run): Promise<void> {
  await event(tx, run, "deployment.new-and-verified", { release: run.plan.to.digest });
  await changeState(tx, run, "done", null);
}

/** @returns the output with what its undo will need: who served before */
async function applyOutput(tx: FencedTransaction, run: Run, position: number, output: Json): Promise<Json> {
  const hold = outputMember(output, "hold");
  const part = partAt(run, position);
  // The deployment's own times are those of the change's hold: what a recovery holds shows in its items.
  if (part === "plan" && hold === "started") await tx.holdStarted();
  if (part === "plan" && hold === "ended") await tx.holdEnded();
  const serving = outputMember(output, "serving") as (Pick<ServingRecord, "release" | "generation"> & Partial<ServingRecord>) | undefined;
  if (serving === undefined) return output;
  const before = await tx.environment(run.deployment.environment);
  await tx.setServing(
    run.deployment.environment,
    withLag({ ...(part === "plan" ? { baseDigest: run.plan.baseDigest } : groundBefore(run)), ...serving }),
  );
  const servingBefore = {
    release: before?.release ?? null,
    generation: before?.generation ?? serving.generation,
    baseDigest: before?.baseDigest ?? null,
    lag: before?.lag ?? [],
  };
  return { ...(output as { readonly [key: string]: Json }), servingBefore: servingBefore as unknown as Json };
}

/** What served before the plan's own items moved it: the ground that a recovery brings back, unless its step says otherwise. */
function groundBefore(run: Run): Pick<ServingRecord, "baseDigest"> & Partial<ServingRecord> {
  for (let position = run.plan.items.length - 1; position >= 0; position -= 1) {
    const before = outputMember(latestRun(run.runs, position)?.output, "servingBefore") as Partial<ServingRecord> | undefined;
    if (before !== undefined) return { baseDigest: before.baseDigest ?? null, lag: before.lag ?? [] };
  }
  return { baseDigest: null };
}

/** Outputs of steps that know nothing of a lag, and those that an older version recorded, say none. */
function withLag(serving: Partial<ServingRecord>): ServingRecord {
  return { lag: [], ...serving } as ServingRecord;
}

/** Of a recovery the reason stays what led to it; a plan that goes on has none. */
function reasonOnward(run: Run): string | null {
  return currentPart(run) === "plan" ? null : run.recoveryReason;
}

function backStateOf(run: Run, position: number): DeploymentState {
  return partAt(run, position) === "plan" ? "going-back" : "recovery-going-back";
}

/** Where one stands still tells which part it stands in: behind the last item of a plan would look like its recovery. */
function standingPosition(run: Run, position: number): number {
  const { first, end } = boundsOf(run, currentPart(run));
  if (currentPart(run) === "recovery") return Math.max(first, position);
  return Math.max(0, Math.min(position, end === 0 ? position : end - 1));
}

function observedClass(output: Json, evidence: Evidence): { readonly observedClass?: string } {
  const seen = outputMember(output, "observedClass") ?? evidence["observedClass"];
  return typeof seen === "string" ? { observedClass: seen } : {};
}

function some(evidence: Evidence): { readonly evidence?: Evidence } {
  return Object.keys(evidence).length === 0 ? {} : { evidence };
}
