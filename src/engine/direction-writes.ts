import { allItems, type PlanItem } from "../domain/plan/plan.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import { event } from "./ledger-entries.ts";
import type { Write } from "./ledger-write.ts";
import { recoveryGoingBack } from "./recovery-writes.ts";
import { boundsOf, latestRun, partAt, type Run } from "./run.ts";
import { goingBack, stepDone } from "./writes.ts";

/** Users were seen where a part brings them although the record didn't say so: now it does, and the only way is forward. */
export function seenReopened(run: Run, position: number, item: PlanItem, output: Json): Write {
  const state = partAt(run, position) === "plan" ? "running" : "recovering";
  const done = stepDone(run, position, item, { output, observed: true, evidence: {} }, state);
  return {
    ...done,
    async write(tx) {
      await done.write(tx);
      await event(tx, run, "deployment.seen-reopened", { position, from: run.deployment.state });
    },
  };
}

/** The record is older than the world: each step up to the position may have been begun since, so it is taken back as if it had. */
export function goingBackFrom(run: Run, position: number, reason: string): Write {
  const part = partAt(run, position);
  const back = part === "plan" ? goingBack(run, position, reason) : recoveryGoingBack(run, position, reason);
  return {
    ...back,
    async write(tx) {
      const { first } = boundsOf(run, part);
      for (const [at, item] of allItems(run.plan)
        .slice(0, position + 1)
        .entries()) {
        if (item.type !== "step" || at < first) continue;
        const latest = latestRun(run.runs, at)?.state;
        if (latest === undefined) await tx.startItem({ position: at, item: item.id, type: item.type });
        if (latest === "undone") await tx.endItem(at, { state: "undoing" });
      }
      await back.write(tx);
    },
  };
}
