import type { FencedTransaction, ServingRecord } from "../app/ports/store.ts";
import type { ChangeState } from "../domain/change/change.ts";
import type { PlanItem } from "../domain/plan/plan.ts";
import type { DeploymentState, ItemRun } from "../domain/rollout/deployment.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import type { Verdict } from "../domain/verdict/verdict.ts";
import type { Write } from "./ledger-write.ts";
import { latestRun, outputMember, type Run } from "./run.ts";

export type ItemError = NonNullable<ItemRun["error"]>;
export type Evidence = NonNullable<ItemRun["evidence"]>;

const actor = "plimsoll";

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

export const interruptedError: ItemError = { code: "LEASE_LOST", message: "The worker was lost while it ran." };

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
      const output = await applyOutput(tx, run, end.output);
      await tx.endItem(position, { state: "done", output, ...some(end.evidence) });
      await tx.moveTo(state, { position: position + 1, reason: null, ...observedClass(end.output, end.evidence) });
      await event(tx, run, "step.done", { position, item: item.id, observed: end.observed, evidence: Object.keys(end.evidence) });
    },
  };
}

/** Users were seen on the new release although the record didn't say so: now it does, and the only way is forward. */
export function seenReopened(run: Run, position: number, item: PlanItem, output: Json): Write {
  const done = stepDone(run, position, item, { output, observed: true, evidence: {} }, "running");
  return {
    ...done,
    async write(tx) {
      await done.write(tx);
      await event(tx, run, "deployment.seen-reopened", { position, from: run.deployment.state });
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
      await tx.moveTo(run.deployment.state, { position: position + 1, reason: null, ...observedClass(null, evidence) });
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

/** The record is older than the world: each step up to the position may have been begun since, so it is taken back as if it had. */
export function goingBackFrom(run: Run, position: number, reason: string): Write {
  const back = goingBack(run, position, reason);
  return {
    ...back,
    async write(tx) {
      for (const [at, item] of run.plan.items.slice(0, position + 1).entries()) {
        if (item.type !== "step") continue;
        const latest = latestRun(run.runs, at)?.state;
        if (latest === undefined) await tx.startItem({ position: at, item: item.id, type: item.type });
        if (latest === "undone") await tx.endItem(at, { state: "undoing" });
      }
      await back.write(tx);
    },
  };
}

export function undoing(run: Run, position: number, item: PlanItem): Write {
  return {
    what: `step-undoing.${item.id}`,
    already: (truth) => latestRun(truth.runs, position)?.state === "undoing",
    async write(tx) {
      await tx.endItem(position, { state: "undoing" });
      if (run.goingBack) await tx.moveTo("going-back", { position });
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
      if (outputMember(output, "hold") === "started") await tx.holdEnded();
      const before = outputMember(output, "servingBefore");
      if (before !== undefined) await tx.setServing(run.deployment.environment, before as ServingRecord);
      await event(tx, run, "step.undone", { position, item: item.id });
    },
  };
}

/** What can't be taken back stays, and the record says why. */
export function notUndone(run: Run, position: number, item: PlanItem, reason: string): Write {
  return {
    what: `step-not-undone.${item.id}`,
    already: (truth) => truth.deployment.state === "going-back" && truth.deployment.position < position,
    async write(tx) {
      await tx.moveTo("going-back", { position: Math.max(0, position - 1) });
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
    already: (truth) => truth.deployment.state === "settling" && (wakeAt === null || truth.deployment.wakeAt === wakeAt),
    async write(tx) {
      await tx.moveTo("settling", { reason: null, wakeAt });
      if (!already) await newAndVerified(tx, run);
      if (wakeAt !== null) await tx.hint(run.deployment.id, run.deployment.host, wakeAt);
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
      await tx.moveTo("needs-person", { position, reason });
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
async function applyOutput(tx: FencedTransaction, run: Run, output: Json): Promise<Json> {
  const hold = outputMember(output, "hold");
  if (hold === "started") await tx.holdStarted();
  if (hold === "ended") await tx.holdEnded();
  const serving = outputMember(output, "serving") as Omit<ServingRecord, "baseDigest"> | undefined;
  if (serving === undefined) return output;
  const before = await tx.environment(run.deployment.environment);
  await tx.setServing(run.deployment.environment, { ...serving, baseDigest: run.plan.baseDigest });
  const servingBefore = {
    release: before?.release ?? null,
    generation: before?.generation ?? serving.generation,
    baseDigest: before?.baseDigest ?? null,
  };
  return { ...(output as { readonly [key: string]: Json }), servingBefore };
}

function observedClass(output: Json, evidence: Evidence): { readonly observedClass?: string } {
  const seen = outputMember(output, "observedClass") ?? evidence["observedClass"];
  return typeof seen === "string" ? { observedClass: seen } : {};
}

/** What a lost worker began and nobody goes on with must not look as if it ran for ever. */
async function closeInterrupted(tx: FencedTransaction, run: Run, type: "step" | "gate"): Promise<void> {
  const all = await tx.itemRuns(run.deployment.id);
  const open = all.filter((item) => item.type === type && item.state === "started" && latestRun(all, item.position) === item);
  for (const item of open) await tx.endItem(item.position, { state: "failed", error: interruptedError });
}

async function changeState(tx: FencedTransaction, run: Run, state: ChangeState, reason: string | null): Promise<void> {
  const change = await tx.change(run.deployment.change);
  if (change === null || change.state === state) return;
  await tx.putChange({ ...change, state });
  await tx.append({
    actor,
    type: `change.${state}`,
    subjectKind: "change",
    subject: change.id,
    environment: run.deployment.environment,
    deployment: run.deployment.id,
    data: { from: change.state, reason },
  });
}

async function event(tx: FencedTransaction, run: Run, type: string, data: Json): Promise<void> {
  await tx.append({
    actor,
    type,
    subjectKind: "deployment",
    subject: run.deployment.id,
    environment: run.deployment.environment,
    deployment: run.deployment.id,
    data,
  });
}

function some(evidence: Evidence): { readonly evidence?: Evidence } {
  return Object.keys(evidence).length === 0 ? {} : { evidence };
}
