import type { Verdict } from "../domain/verdict/verdict.ts";
import type { Next } from "./give-up.ts";
import type { Write } from "./ledger-write.ts";
import { record } from "./record.ts";
import { currentPart, latestRun, outputMember, recoveryBegan, type Run } from "./run.ts";
import { recovering } from "./recovery-writes.ts";

/**
 * May a gate's verdict take users back without a person? Only when it says that the release definitely fails them, within the
 * time that the plan states, and only once: a recovery that failed is looked at by a person.
 */
export function recoversByItself(run: Run, verdict: Verdict): boolean {
  const { items, automaticMs } = run.plan.recovery;
  if (verdict.kind !== "failed" || (items ?? []).length === 0 || automaticMs === undefined) return false;
  // A record that was set back once can't tell when users were let in, nor whether they were taken back since.
  if (currentPart(run) === "recovery" || run.behind || recoveryBegan(run)) return false;
  const at = reopenedAt(run);
  return at !== null && Date.parse(run.world.clock.now()) - Date.parse(at) <= automaticMs;
}

/** @param first what led to it, in the same commit */
export async function beginAutomaticRecovery(run: Run, reason: string, first: Write): Promise<Next> {
  run.recoveryReason = reason;
  await record(run, recovering(run, { automatic: true, reason, actor: null, receipt: null }, first));
  return "on";
}

export async function beginWishedRecovery(run: Run): Promise<Next> {
  const wish = run.deployment.recoveryWish;
  const reason = wish?.reason ?? "";
  run.recoveryReason = reason;
  await record(run, recovering(run, { automatic: false, reason, actor: wish?.actor ?? null, receipt: wish?.receipt ?? null }, null));
  if (run.interruption === "recovery") run.interruption = null;
  return "on";
}

/** When the plan's own items let users in; null: the record doesn't show it. */
function reopenedAt(run: Run): string | null {
  for (let position = run.plan.items.length - 1; position >= 0; position -= 1) {
    const latest = latestRun(run.runs, position);
    if (latest?.state === "done" && outputMember(latest.output, "hold") === "ended") return latest.endedAt;
  }
  return null;
}
