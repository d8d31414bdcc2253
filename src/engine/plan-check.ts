import { allItems, type Plan, type PlanItem } from "../domain/plan/plan.ts";
import { canonicalJson, type Json } from "../domain/shared/canonical-json.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { EngineWorld } from "./engine-world.ts";
import type { Run } from "./run.ts";
import type { AnyGate, AnyStep } from "./worker-options.ts";

/** The plan in memory is the one that is approved now: hashed, and compared with what the ledger said last, before every item. @throws PLAN_DIGEST_MISMATCH */
export function checkDigest(run: Run): void {
  const { planDigest } = run.deployment;
  const approved = run.approvedDigest;
  const seen = run.world.hash(canonicalJson(run.plan as unknown as Json));
  if (seen === planDigest && approved === planDigest) return;
  throw new PlimsollError("PLAN_DIGEST_MISMATCH", "The plan isn't the one that was approved.", {
    facts: { deployment: run.deployment.id, approved, planned: planDigest, seen },
    fix: "plan the change again and have it approved",
  });
}

/** Every item is known to this version and its input fits, those of the recovery too: asked before the first one runs. @throws PLAN_UNSUPPORTED */
export function checkSupported(world: EngineWorld, plan: Plan): void {
  if ((plan.formatVersion as number) !== 1)
    throw unsupported(`Its format is version ${plan.formatVersion}, and this Plimsoll knows version 1.`);
  for (const [position, item] of allItems(plan).entries()) {
    const kind = item.type === "step" ? world.steps.get(item.id) : world.gates.get(item.id);
    if (kind === undefined) throw unsupported(`This Plimsoll has no ${item.type} ${item.id} (item ${position + 1}).`);
    const parsed = kind.input.safeParse(item.input);
    if (!parsed.success)
      throw unsupported(
        `The input of ${item.type} ${item.id} (item ${position + 1}) doesn't fit: ${parsed.error.issues[0]?.message ?? "invalid"}.`,
      );
  }
}

export function stepOf(world: EngineWorld, item: PlanItem): AnyStep {
  const kind = world.steps.get(item.id);
  if (kind === undefined) throw unsupported(`This Plimsoll has no step ${item.id}.`);
  return kind;
}

export function gateOf(world: EngineWorld, item: PlanItem): AnyGate {
  const kind = world.gates.get(item.id);
  if (kind === undefined) throw unsupported(`This Plimsoll has no gate ${item.id}.`);
  return kind;
}

function unsupported(why: string): PlimsollError {
  return new PlimsollError("PLAN_UNSUPPORTED", "This version of Plimsoll can't run the plan.", {
    why,
    fix: "plan the change again with this version",
  });
}
