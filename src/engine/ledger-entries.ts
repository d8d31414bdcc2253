import type { FencedTransaction } from "../app/ports/store.ts";
import type { ChangeState } from "../domain/change/change.ts";
import type { ItemRun } from "../domain/rollout/deployment.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import { latestRun, type Run } from "./run.ts";

export type ItemError = NonNullable<ItemRun["error"]>;

/** Who acts when the engine does. */
export const actor = "plimsoll";

export const interruptedError: ItemError = { code: "LEASE_LOST", message: "The worker was lost while it ran." };

/** What a lost worker began and nobody goes on with must not look as if it ran for ever. */
export async function closeInterrupted(tx: FencedTransaction, run: Run, type: "step" | "gate"): Promise<void> {
  const all = await tx.itemRuns(run.deployment.id);
  const open = all.filter((item) => item.type === type && item.state === "started" && latestRun(all, item.position) === item);
  for (const item of open) await tx.endItem(item.position, { state: "failed", error: interruptedError });
}

export async function changeState(tx: FencedTransaction, run: Run, state: ChangeState, reason: string | null): Promise<void> {
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

export async function event(tx: FencedTransaction, run: Run, type: string, data: Json): Promise<void> {
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
