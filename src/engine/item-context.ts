import type { Capabilities, Capability } from "../app/ports/capability.ts";
import type { ItemContext } from "../app/ports/step.ts";
import { allItems } from "../domain/plan/plan.ts";
import type { PlanPart } from "../domain/rollout/recovery.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import { boundsOf, currentPart, latestRun, type Run } from "./run.ts";

export interface OpenContext {
  readonly cx: ItemContext;
  /** What the item gave for the record so far. */
  evidence(): Readonly<Record<string, Json>>;
  /** After it progress is no longer written: a late message must not fall on the next item. */
  close(): void;
}

/** What a step or gate is handed: the declared capabilities, and nothing of the engine. */
export function openContext(run: Run, position: number, needs: readonly Capability[], signal: AbortSignal): OpenContext {
  const evidence: Record<string, Json> = {};
  const progress = progressWriter(run, position);
  const cx: ItemContext = {
    deployment: { id: run.deployment.id, change: run.deployment.change, epoch: run.fence.epoch },
    plan: run.plan,
    environment: run.environment.spec,
    signal,
    clock: run.world.clock,
    use: Object.fromEntries(needs.map((need) => [need, run.capabilities[need]])) as unknown as Capabilities,
    progress: progress.write,
    evidence(name, value) {
      evidence[name] = boundedEvidence(evidence, name, value, run.world.limits.evidenceBytesMax);
    },
    outputOf: (step) => outputOf(run, step),
    ...recoveryOf(run, position),
  };
  return { cx, evidence: () => evidence, close: progress.close };
}

function recoveryOf(run: Run, position: number): Pick<ItemContext, "recovery"> {
  if (position < run.plan.items.length) return {};
  const { recoveryWish } = run.deployment;
  return { recovery: { receipt: recoveryWish?.receipt ?? null, automatic: recoveryWish === null } };
}

/**
 * What a step of the same part gave; a recovery also sees what the plan's own steps gave, where it has none of that name itself.
 * Forward: what is done. While going back: also what was undone already, because an earlier step's undo may ask.
 */
function outputOf(run: Run, step: string): Json | undefined {
  if (currentPart(run) === "plan") return outputIn(run, "plan", step, run.goingBack);
  return outputIn(run, "recovery", step, run.goingBack) ?? outputIn(run, "plan", step, false);
}

function outputIn(run: Run, part: PlanPart, step: string, orUndone: boolean): Json | undefined {
  const { first, end } = boundsOf(run, part);
  const position = allItems(run.plan).findLastIndex(
    (item, at) => at >= first && at < end && item.type === "step" && item.id === step && latestRun(run.runs, at) !== undefined,
  );
  if (position === -1) return undefined;
  const latest = latestRun(run.runs, position);
  if (latest === undefined) return undefined;
  const usable = latest.state === "done" || latest.state === "undoing" || (orUndone && latest.state === "undone");
  return usable && latest.output !== null ? latest.output : undefined;
}

function boundedEvidence(all: Readonly<Record<string, Json>>, name: string, value: Json, bytesMax: number): Json {
  const others = Object.entries(all).filter(([key]) => key !== name);
  const used = others.reduce((sum, [, other]) => sum + JSON.stringify(other).length, 0);
  const bytes = JSON.stringify(value).length;
  return used + bytes <= bytesMax ? value : { cut: true, bytes };
}

/** At most one write per interval, and the last message is never lost. */
function progressWriter(run: Run, position: number): { write(fraction: number | null, message: string): void; close(): void } {
  const { ledger, clock, limits } = run.world;
  let latest: { fraction: number | null; message: string } | null = null;
  let busy = false;
  let closed = false;
  const drain = async (): Promise<void> => {
    while (latest !== null && !closed) {
      const { fraction, message } = latest;
      latest = null;
      await ledger.progress(run.deployment.id, run.fence, position, fraction, message.slice(0, 500)).catch(() => undefined);
      await clock.sleep(limits.progressMs);
    }
    busy = false;
  };
  return {
    write(fraction, message) {
      latest = { fraction, message };
      if (busy || closed) return;
      busy = true;
      void drain();
    },
    close() {
      closed = true;
    },
  };
}
